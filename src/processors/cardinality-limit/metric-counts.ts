const ARRAYS = 7

/**
 * Counts of series per metric number, exact at every moment. What was seen in the current window and what was
 * seen only in the one before are counted apart, so that a rotation drops what is too old without a look at the series.
 */
export class MetricCounts {
  /** Series last seen in the current window, and in the one before. */
  current = new Int32Array(64)
  previous = new Int32Array(64)
  /** Of these, those past the limit of a dry run. */
  overCurrent = new Int32Array(64)
  overPrevious = new Int32Array(64)
  /** Series first seen in the current window, and in the one before. */
  bornCurrent = new Int32Array(64)
  bornPrevious = new Int32Array(64)
  /** Entries in the table, those of forgotten series that are not swept yet included. */
  slots = new Int32Array(64)

  /** Makes room for a metric number. */
  ensure(metric: number): void {
    if (metric < this.current.length) return
    const length = Math.max(2 * this.current.length, metric + 1)
    this.current = grown(this.current, length)
    this.previous = grown(this.previous, length)
    this.overCurrent = grown(this.overCurrent, length)
    this.overPrevious = grown(this.overPrevious, length)
    this.bornCurrent = grown(this.bornCurrent, length)
    this.bornPrevious = grown(this.bornPrevious, length)
    this.slots = grown(this.slots, length)
  }

  /** A window ends: what was last seen in the one before it is forgotten. */
  rotate(): void {
    const { previous, overPrevious, bornPrevious } = this
    this.previous = this.current
    this.overPrevious = this.overCurrent
    this.bornPrevious = this.bornCurrent
    this.current = previous.fill(0)
    this.overCurrent = overPrevious.fill(0)
    this.bornCurrent = bornPrevious.fill(0)
  }

  get byteLength(): number {
    return ARRAYS * this.current.byteLength
  }
}

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(length)
  next.set(array)
  return next
}
