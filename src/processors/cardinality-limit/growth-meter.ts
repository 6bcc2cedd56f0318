const MINUTE_MS = 60_000

/**
 * How many newcomers each of some numbers had in this minute. Minutes are those of the clock, the same for all; nothing is
 * counted where there is no limit of growth.
 */
export class GrowthMeter {
  #minute = -1
  #counts = new Int32Array(64)

  /** To be called once per batch. */
  advance(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS)
    if (minute === this.#minute) return
    this.#minute = minute
    this.#counts.fill(0)
  }

  hasRoom(number: number, growthPerMinute: number): boolean {
    return number >= this.#counts.length ? growthPerMinute > 0 : this.#counts[number]! < growthPerMinute
  }

  count(number: number): void {
    if (number >= this.#counts.length) this.#grow(number)
    this.#counts[number]!++
  }

  #grow(number: number): void {
    const grown = new Int32Array(Math.max(2 * this.#counts.length, number + 1))
    grown.set(this.#counts)
    this.#counts = grown
  }
}
