import { CommitHits } from '../keyed/commit-hits.ts'
import { grown, KeyTable, NO_ENTRY } from '../keyed/key-table.ts'

export type BucketOptions = {
  readonly recordsPerSecond: number
  readonly burst: number
  readonly keysMax: number
}

/** What all keys share that find no room. */
const SHARED = 0
const AT_START = 64
/** Looking for idle buckets walks all of them, so it is not done at every key. */
const SWEEP_INTERVAL_MS = 1000

/**
 * A token bucket per key: it holds at most `burst` tokens, gets `recordsPerSecond` of them, and each record takes one. A bucket that is full again
 * is as good as none, so it makes room for another key; while none is full, further keys share one.
 */
export class Buckets {
  readonly #options: BucketOptions
  readonly #table: KeyTable
  readonly #hits = new CommitHits()
  /** By entry + 1; the first is shared. */
  #tokens = new Float64Array(AT_START)
  #filledMs = new Float64Array(AT_START)
  #commit = new Float64Array(AT_START)
  #openCommit = -1
  #endedCommit = -1
  #nowMs = 0
  #sweptMs = Number.NEGATIVE_INFINITY

  constructor(options: BucketOptions) {
    this.#options = options
    this.#table = new KeyTable(options.keysMax)
    this.#tokens.fill(options.burst)
    this.#commit.fill(-1)
  }

  /** The commit and the time of the batch that is looked at now. */
  begin(commit: number, nowMs: number): void {
    this.#hits.begin(commit)
    this.#openCommit = commit
    this.#nowMs = nowMs
  }

  /** The bucket of a key, filled with what the time since brought. */
  bucketOf(low: number, high: number, owner: number): number {
    const entry = this.#table.find(low, high, owner)
    const bucket = entry === NO_ENTRY ? this.#add(low, high, owner) : entry + 1
    this.#fill(bucket)
    return bucket
  }

  /** Takes a token for a record. False: there is none. */
  take(bucket: number): boolean {
    if (this.#tokens[bucket]! < 1) return false
    this.#tokens[bucket]!--
    this.#commit[bucket] = this.#openCommit
    this.#hits.add(bucket)
    return true
  }

  committed(commit: number): void {
    this.#hits.committed(commit)
    this.#endedCommit = commit
  }

  /** Its records were not taken after all, and come again. */
  refused(commit: number): void {
    const { burst } = this.#options
    this.#hits.refused(commit, (bucket, times) => {
      this.#tokens[bucket] = Math.min(burst, this.#tokens[bucket]! + times)
    })
    this.#endedCommit = commit
  }

  #fill(bucket: number): void {
    const { burst, recordsPerSecond } = this.#options
    // A clock that was set back brings nothing.
    const elapsedMs = Math.max(0, this.#nowMs - this.#filledMs[bucket]!)
    this.#tokens[bucket] = Math.min(burst, this.#tokens[bucket]! + (elapsedMs * recordsPerSecond) / 1000)
    this.#filledMs[bucket] = this.#nowMs
  }

  #add(low: number, high: number, owner: number): number {
    let entry = this.#table.add(low, high, owner)
    if (entry === NO_ENTRY && this.#sweep()) entry = this.#table.add(low, high, owner)
    if (entry === NO_ENTRY) return SHARED
    const bucket = entry + 1
    this.#tokens = grown(this.#tokens, bucket + 1)
    this.#filledMs = grown(this.#filledMs, bucket + 1)
    this.#commit = grown(this.#commit, bucket + 1)
    this.#tokens[bucket] = this.#options.burst
    this.#filledMs[bucket] = this.#nowMs
    this.#commit[bucket] = -1
    return bucket
  }

  /** Frees the buckets that are full again and that no open commit took from. */
  #sweep(): boolean {
    if (Math.abs(this.#nowMs - this.#sweptMs) < SWEEP_INTERVAL_MS) return false
    this.#sweptMs = this.#nowMs
    const { burst } = this.#options
    const before = this.#table.size
    for (let entry = 0; entry < this.#table.end; entry++) {
      if (!this.#table.isFound(entry) || this.#commit[entry + 1]! > this.#endedCommit) continue
      this.#fill(entry + 1)
      if (this.#tokens[entry + 1]! >= burst) this.#table.remove(entry)
    }
    return this.#table.size < before
  }
}
