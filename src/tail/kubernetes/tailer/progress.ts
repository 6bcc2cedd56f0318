import type { Stamp } from '../contract.ts'
import type { LineHash } from '../log/line-hash.ts'
import { type Replay, ResumeWindow } from '../log/resume-window.ts'
import type { TailOptions } from './options.ts'

/** The overlap, and room for lines whose stamps are out of order. */
const KEPT_BEYOND_OVERLAP_SECONDS = 2

/** How far the log of one container has been read, and how to go on from there. */
export class Progress {
  readonly #options: TailOptions
  readonly #window: ResumeWindow
  /** Nothing before this second is wanted. */
  #boundSeconds: number | undefined
  /**
   * What a line means that comes before the newest known one has come back. `suspect`: look whether the container was
   * restarted, read nothing further; `gap`: the file was rotated; `silent`: what may be missing was said already.
   */
  miss: 'suspect' | 'gap' | 'silent' = 'suspect'
  /** The newest known line has come back, or the gap was said, since the last reading began. */
  joined = true

  /**
   * An instance whose reading begins so late that its first lines may have been rotated away: the second of its start. Until
   * its first line is seen.
   */
  lateSinceSeconds: number | undefined

  /**
   * The log of an ended instance is older than the newest known line, which is no line of it: a kubelet that was ahead of
   * the status showed lines of the next instance as this one's. Its rest would come too late; the gap was said.
   */
  outrun = false

  constructor(options: TailOptions) {
    this.#options = options
    this.#window = new ResumeWindow(options.windowLinesMax)
  }

  get isEmpty(): boolean {
    return this.#window.size === 0
  }

  get newest(): Stamp | undefined {
    if (this.isEmpty) return undefined
    return { seconds: this.#window.newestSeconds, nanos: this.#window.newestNanos }
  }

  /** Where a reading starts so that the newest line comes back, or undefined: at the beginning. */
  get sinceSeconds(): number | undefined {
    if (this.isEmpty) return this.#boundSeconds
    const since = Math.max(0, this.#window.newestSeconds - this.#options.overlapSeconds)
    return Math.max(since, this.#boundSeconds ?? 0)
  }

  /**
   * The same for an instance that has ended. If the newest line is known to be missing, the whole log is read: lines older
   * than the newest say that it never was in this log.
   */
  get drainSinceSeconds(): number | undefined {
    return this.miss === 'gap' ? this.#boundSeconds : this.sinceSeconds
  }

  saw(seconds: number, nanos: number, hash: LineHash): void {
    this.#window.add(seconds, nanos, hash, this.#options.overlapSeconds + KEPT_BEYOND_OVERLAP_SECONDS)
  }

  /** A reading begins; what it repeats is held against the returned replay. Undefined: it repeats nothing. */
  startReading(): Replay | undefined {
    this.joined = this.isEmpty
    return this.joined ? undefined : this.#window.replay()
  }

  /** For a comparison that changes nothing. */
  snapshot(): Replay {
    return this.#window.replay()
  }

  /** Only the end of the file was read: of what is before the newest line, nothing is known and nothing wanted. */
  forgetBeforeNewest(): void {
    // Stamps of stdout and stderr are out of order by less than a second.
    if (!this.isEmpty) this.#window.forgetUpTo(this.#window.newestSeconds + 1, this.#window.newestNanos)
  }

  /** Another instance is read from its beginning, or from `boundSeconds`. */
  startAnew(boundSeconds: number | undefined): void {
    this.#window.clear()
    this.#boundSeconds = boundSeconds
    this.outrun = false
    this.miss = 'suspect'
    this.joined = true
  }

  /**
   * Another instance is read, of which some lines may have been taken for the last one's: go on where that ended, without
   * a gap if nothing repeats. Its node's clock was set back if it started long before the newest line: then anew.
   */
  startAfter(startedSeconds: number | undefined): void {
    const oldest = (this.newest?.seconds ?? 0) - CLOCK_SET_BACK_SECONDS
    if (this.isEmpty || (startedSeconds !== undefined && startedSeconds < oldest)) {
      this.startAnew(undefined)
      return
    }
    this.#boundSeconds = undefined
    this.outrun = false
    this.miss = 'silent'
  }
}

/** A pod's status is behind its kubelet by seconds at most. */
const CLOCK_SET_BACK_SECONDS = 60
