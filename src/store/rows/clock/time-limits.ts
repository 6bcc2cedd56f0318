import type { ResolvedResource } from '../../tables/rows.ts'
import { highWord, isBelow, lowWord } from '../words.ts'

const NS_PER_MS = 1_000_000n
const MS_PER_DAY = 86_400_000

/** Between which times a record's stamp is believed: set per request, asked per record. */
export class TimeLimits {
  /** The receive time, nanoseconds since the epoch. */
  receivedLow = 0
  receivedHigh = 0
  readonly #futureToleranceMs: number
  #latestLow = 0
  #latestHigh = 0
  /** By the batch's resource index: what its retention has already taken. */
  #oldestLow = new Uint32Array(16)
  #oldestHigh = new Uint32Array(16)

  constructor(futureToleranceMs: number) {
    this.#futureToleranceMs = futureToleranceMs
  }

  begin(resources: ReadonlyArray<ResolvedResource>, receivedMs: number): void {
    const received = BigInt(receivedMs) * NS_PER_MS
    const latest = BigInt(receivedMs + this.#futureToleranceMs) * NS_PER_MS
    this.receivedLow = lowWord(received)
    this.receivedHigh = highWord(received)
    this.#latestLow = lowWord(latest)
    this.#latestHigh = highWord(latest)
    this.#setOldest(resources, receivedMs)
  }

  /** Further ahead of the gateway's clock than is tolerated. */
  isAhead(low: number, high: number): boolean {
    return isBelow(this.#latestLow, this.#latestHigh, low, high)
  }

  /** Older than the retention of its resource. */
  isTooOld(low: number, high: number, resource: number): boolean {
    return isBelow(low, high, this.#oldestLow[resource]!, this.#oldestHigh[resource]!)
  }

  #setOldest(resources: ReadonlyArray<ResolvedResource>, receivedMs: number): void {
    if (this.#oldestLow.length < resources.length) {
      this.#oldestLow = new Uint32Array(resources.length * 2)
      this.#oldestHigh = new Uint32Array(resources.length * 2)
    }
    let days = -1
    let low = 0
    let high = 0
    for (let i = 0; i < resources.length; i++) {
      const { retentionDays } = resources[i]!
      if (retentionDays !== days) {
        days = retentionDays
        const oldest = BigInt(Math.max(0, receivedMs - days * MS_PER_DAY)) * NS_PER_MS
        low = lowWord(oldest)
        high = highWord(oldest)
      }
      this.#oldestLow[i] = low
      this.#oldestHigh[i] = high
    }
  }
}
