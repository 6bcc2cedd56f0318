import type { Batch } from '../../../otlp/batch.ts'
import { POINT } from '../../../otlp/slots.ts'
import { doubleOf, wholeOf } from '../../../otlp/words.ts'
import type { Point } from '../point.ts'

/** Bounds of explicit buckets, and where each bucket went when fewer bounds took their place. */
type Generation = { readonly bounds: Float64Array; toNext: Uint16Array | undefined }

/** The specification's SDKs have 16 buckets; what has more than this is not folded. */
export const BOUNDS_MAX = 1024

/**
 * The bounds that the buckets of a fold have now. Bounds are aligned if one list holds all of the other: then buckets of the longer are
 * added up to those of the shorter, and nothing is guessed.
 */
export class Layout {
  bounds: Float64Array
  readonly #generations: Generation[]
  /** Of the point that was read last: its bucket -> the fold's. */
  readonly map = new Uint16Array(BOUNDS_MAX + 1)
  #isIdentity = false
  /** An array of a batch, and the same as doubles. */
  #words: Uint32Array = new Uint32Array(0)
  #doubles: Float64Array = new Float64Array(0)

  private constructor(generations: Generation[]) {
    this.#generations = generations
    this.bounds = generations.at(-1)!.bounds
    this.#mapEachToItself()
  }

  #mapEachToItself(): void {
    const { bounds, map } = this
    for (let i = 0; i <= bounds.length; i++) map[i] = i
    this.#isIdentity = true
  }

  /** Whether a point has the bounds of now: nearly all points have. `| 0` keeps V8 from checking each sum for overflow, which costs a third. */
  #isSame(batch: Batch, first: number, count: number): boolean {
    if (count !== this.bounds.length) return false
    const { data } = batch.arrays[1]
    if (data !== this.#words) {
      this.#words = data
      this.#doubles = new Float64Array(data.buffer, data.byteOffset, data.length / 2)
    }
    const doubles = this.#doubles
    const { bounds } = this
    for (let i = 0, at = first | 0; i < (count | 0); i = (i + 1) | 0, at = (at + 1) | 0)
      if (bounds[i] !== doubles[at]) return false
    return true
  }

  /** Whether a point has the bounds of now, and a count for each bucket. */
  isOf({ base, batch, data }: Point): boolean {
    const count = data[base + POINT.boundsCount]!
    return (
      data[base + POINT.countsCount] === count + 1 &&
      this.#isSame(batch, data[base + POINT.boundsFirst]!, count)
    )
  }

  /** Of `count` bounds whose words begin at `at`. */
  static ofWords(words: Uint32Array, at: number, count: number): Layout {
    const bounds = Float64Array.from({ length: count }, (_, i) =>
      doubleOf(words[at + 2 * i]!, words[at + 2 * i + 1]!),
    )
    return new Layout([{ bounds, toNext: undefined }])
  }

  /** Rises when bounds are given up. */
  get generation(): number {
    return this.#generations.length - 1
  }

  /**
   * Fills `map` for a point. Gives up bounds that it does not have, if it has no others; `moved` is told, to bring totals along.
   * False if the bounds are not aligned.
   */
  align({ batch, data, base }: Point, moved: (toNext: Uint16Array) => void): boolean {
    const first = data[base + POINT.boundsFirst]!
    const count = data[base + POINT.boundsCount]!
    if (this.#isSame(batch, first, count)) {
      if (!this.#isIdentity) this.#mapEachToItself()
      return true
    }
    if (count > BOUNDS_MAX) return false
    readBounds(batch, first, count)
    const { bounds } = this
    this.#isIdentity = false
    if (count >= bounds.length) return fill(this.map, bounds, bounds.length, read, count)
    // A histogram without buckets would take those of all others with it.
    if (count === 0) return false
    const toNext = new Uint16Array(bounds.length + 1)
    if (!fill(toNext, read, count, bounds, bounds.length)) return false
    this.#generations.at(-1)!.toNext = toNext
    this.#generations.push({ bounds: read.slice(0, count), toNext: undefined })
    this.bounds = this.#generations.at(-1)!.bounds
    moved(toNext)
    this.#mapEachToItself()
    return true
  }

  /** Puts the counts of the point that was aligned last into the buckets of the fold. */
  readCounts({ base, batch, data }: Point, into: Float64Array): void {
    const words = batch.arrays[0].data
    const first = 2 * data[base + POINT.countsFirst]!
    const count = data[base + POINT.countsCount]!
    const { map } = this
    if (count === 0) into[0] = wholeOf(data[base + POINT.countLow]!, data[base + POINT.countHigh]!)
    else if (this.#isIdentity)
      for (let i = 0, at = first; i < count; i++, at += 2) into[i] = wholeOf(words[at]!, words[at + 1]!)
    else {
      into.fill(0, 0, this.bounds.length + 1)
      for (let i = 0, at = first; i < count; i++, at += 2)
        into[map[i]!]! += wholeOf(words[at]!, words[at + 1]!)
    }
  }

  /** Brings buckets of an older generation, which stand from `at` on, to the bounds of now. */
  bring(numbers: Float64Array, at: number, generation: number): void {
    for (let i = generation; i < this.generation; i++) {
      const { bounds, toNext } = this.#generations[i]!
      addUp(numbers, at, bounds.length + 1, toNext!)
    }
  }

  save(): unknown {
    return this.#generations.map(({ bounds, toNext }) => [[...bounds], toNext && [...toNext]])
  }

  static restored(saved: unknown): Layout {
    const generations = saved as [number[], number[] | undefined][]
    return new Layout(
      generations.map(([bounds, toNext]) => ({
        bounds: Float64Array.from(bounds),
        toNext: toNext && Uint16Array.from(toNext),
      })),
    )
  }
}

/** Adds buckets up in place: none goes to a later place than its own. */
export function addUp(numbers: Float64Array, at: number, count: number, to: Uint16Array): void {
  for (let i = 0; i < count; i++) {
    const value = numbers[at + i]!
    numbers[at + i] = 0
    numbers[at + to[i]!]! += value
  }
}

/** The bounds of the point that is aligned. */
const read = new Float64Array(BOUNDS_MAX)

function readBounds(batch: Batch, first: number, count: number): void {
  const { data } = batch.arrays[1]
  for (let i = 0, at = 2 * first; i < count; i++, at += 2) read[i] = doubleOf(data[at]!, data[at + 1]!)
}

/** The bucket among `fewer` bounds that each bucket of `more` lies in. False if one of `fewer` is none of `more`. */
function fill(
  map: Uint16Array,
  fewer: Float64Array,
  fewerCount: number,
  more: Float64Array,
  moreCount: number,
): boolean {
  let place = 0
  for (let i = 0; i < moreCount; i++) {
    map[i] = place
    if (place < fewerCount && fewer[place] === more[i]) place++
  }
  map[moreCount] = place
  return place === fewerCount
}
