import type { RowTable } from '../../../otlp/row-table.ts'
import { putWhole, wholeOf } from '../../../otlp/words.ts'

/** On each side of zero; twice what an SDK has, since members differ. */
export const SIDE_BUCKETS_MAX = 320

/**
 * One side of an exponential histogram at some scale: the counts of buckets `offset` to `offset + length - 1`, where bucket i is
 * (base^i, base^(i+1)] and base = 2^(2^-scale). Never longer than {@link SIDE_BUCKETS_MAX}: the owner lowers the scale before.
 */
export class Buckets {
  offset = 0
  length = 0
  readonly counts = new Float64Array(SIDE_BUCKETS_MAX)

  clear(): void {
    this.offset = 0
    this.length = 0
  }

  /** Makes room for the buckets `from` to `to`, both included. */
  cover(from: number, to: number): void {
    const { counts, length, offset } = this
    if (length === 0) {
      this.offset = from
      this.length = to - from + 1
      counts.fill(0, 0, this.length)
      return
    }
    if (from >= offset && to < offset + length) return
    const first = Math.min(from, offset)
    const last = Math.max(to, offset + length - 1)
    if (first < offset) {
      counts.copyWithin(offset - first, 0, length)
      counts.fill(0, 0, offset - first)
    }
    counts.fill(0, offset - first + length, last - first + 1)
    this.offset = first
    this.length = last - first + 1
  }

  /** To a scale lower by `steps`: each bucket goes into the one that holds it. */
  lower(steps: number): void {
    if (steps === 0 || this.length === 0) return
    const { counts, length, offset } = this
    const first = offset >> steps
    for (let i = 0; i < length; i++) {
      const count = counts[i]!
      counts[i] = 0
      counts[((offset + i) >> steps) - first]! += count
    }
    this.offset = first
    this.length = ((offset + length - 1) >> steps) - first + 1
  }

  /** Takes out the buckets below an index; returns what was in them. */
  cutBelow(index: number): number {
    const { counts, length, offset } = this
    if (index <= offset || length === 0) return 0
    const cut = Math.min(index - offset, length)
    let taken = 0
    for (let i = 0; i < cut; i++) taken += counts[i]!
    counts.copyWithin(0, cut, length)
    this.offset = offset + cut
    this.length = length - cut
    return taken
  }

  add(other: Buckets): void {
    if (other.length === 0) return
    const { counts, length, offset } = other
    this.cover(offset, offset + length - 1)
    const own = this.counts
    const shift = offset - this.offset
    for (let i = 0; i < length; i++) own[shift + i]! += counts[i]!
  }

  /** Whether it has the `length` buckets from `from` on. */
  covers(from: number, length: number): boolean {
    return length === 0 || (from >= this.offset && from + length <= this.offset + this.length)
  }

  copyFrom({ counts, length, offset }: Buckets): void {
    this.offset = offset
    this.length = length
    const own = this.counts
    for (let i = 0; i < length; i++) own[i] = counts[i]!
  }

  /** Takes a count off a bucket, which may be below nothing then. False if there is no such bucket. */
  take(index: number, count: number): boolean {
    const at = index - this.offset
    if (at < 0 || at >= this.length) return count === 0
    this.counts[at]! -= count
    return true
  }

  get hasNegative(): boolean {
    const { counts, length } = this
    for (let i = 0; i < length; i++) if (counts[i]! < 0) return true
    return false
  }

  /** Appends the counts as rows of an array of the batch. */
  write(array: RowTable): void {
    for (let i = 0; i < this.length; i++) {
      const at = array.add()
      putWhole(array.data, at, this.counts[i]!)
    }
  }
}

/** The first and last bucket of a point that is not empty, before any scale is lowered; `length` 0 if none is. */
export class Span {
  first = 0
  last = -1

  read(words: Uint32Array, start: number, count: number, offset: number): void {
    let from = 0
    let to = count - 1
    while (from <= to && isZero(words, start + from)) from++
    while (to >= from && isZero(words, start + to)) to--
    this.first = offset + from
    this.last = offset + to
  }

  get isEmpty(): boolean {
    return this.last < this.first
  }

  /** How many buckets this and `other` need together at a scale lower by `steps`, or by `otherSteps`. */
  width(steps: number, other: Buckets, otherSteps: number): number {
    if (this.isEmpty) return 0
    let first = this.first >> steps
    let last = this.last >> steps
    if (other.length > 0) {
      first = Math.min(first, other.offset >> otherSteps)
      last = Math.max(last, (other.offset + other.length - 1) >> otherSteps)
    }
    return last - first + 1
  }

  /** Puts the buckets of a point into `into`, at a scale lower by `steps`. */
  fill(into: Buckets, words: Uint32Array, start: number, offset: number, steps: number): void {
    into.clear()
    if (this.isEmpty) return
    if (steps === 0) {
      this.#copy(into, words, start - offset)
      return
    }
    into.cover(this.first >> steps, this.last >> steps)
    const { counts, offset: origin } = into
    for (let i = this.first; i <= this.last; i++) {
      const at = 2 * (start + i - offset)
      counts[(i >> steps) - origin]! += wholeOf(words[at]!, words[at + 1]!)
    }
  }

  /** Most points have the scale of their fold. */
  #copy(into: Buckets, words: Uint32Array, rowOfBucket0: number): void {
    const { counts } = into
    into.offset = this.first
    into.length = this.last - this.first + 1
    for (let i = 0, at = 2 * (rowOfBucket0 + this.first); i < into.length; i++, at += 2)
      counts[i] = wholeOf(words[at]!, words[at + 1]!)
  }
}

function isZero(words: Uint32Array, row: number): boolean {
  return words[2 * row] === 0 && words[2 * row + 1] === 0
}
