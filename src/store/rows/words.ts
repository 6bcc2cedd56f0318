/**
 * 64-bit unsigned arithmetic on pairs of 32-bit words, for nanosecond stamps on the hot path: exact where a
 * double is not, and without a BigInt per record.
 */
export const NS_PER_DAY = 86_400_000_000_000n
const LOW_MASK = 0xffffffffn

export function lowWord(value: bigint): number {
  return Number(value & LOW_MASK)
}

export function highWord(value: bigint): number {
  return Number((value >> 32n) & LOW_MASK)
}

export function fromWords(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
}

/** a < b, as unsigned 64-bit numbers. */
export function isBelow(aLow: number, aHigh: number, bLow: number, bHigh: number): boolean {
  return aHigh < bHigh || (aHigh === bHigh && aLow < bLow)
}

/**
 * The UTC day (days since 1970-01-01) of a nanosecond stamp, remembering the last day: the stamps of a request
 * are nearly always of one day, so the division is done once a request.
 */
export class DayFinder {
  #day = -1
  #startLow = 0
  #startHigh = 0
  #endLow = 0
  #endHigh = 0

  find(low: number, high: number): number {
    if (
      this.#day >= 0 &&
      !isBelow(low, high, this.#startLow, this.#startHigh) &&
      isBelow(low, high, this.#endLow, this.#endHigh)
    )
      return this.#day
    const day = fromWords(low, high) / NS_PER_DAY
    const start = day * NS_PER_DAY
    this.#day = Number(day)
    this.#startLow = lowWord(start)
    this.#startHigh = highWord(start)
    this.#endLow = lowWord(start + NS_PER_DAY)
    this.#endHigh = highWord(start + NS_PER_DAY)
    return this.#day
  }
}

/** `YYYY-MM-DD` of a day number. */
export function dayText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}
