/** Nothing is stored: returned where there is no room. */
export const NO_ROOM = 0

/** Lengths are rounded up to it, so that what one member gives back fits another. */
const STEP = 4

/**
 * Numbers of members that need more than a member has: the last counts and buckets of histograms. One array of the size for all that
 * there may be (pages that nobody reached take no memory); what is given back is used again for the same length.
 */
export class BucketStore {
  readonly numbers: Float64Array
  /** In use, without what was given back. */
  used = 0
  #end = STEP
  readonly #free = new Map<number, number[]>()

  constructor(bucketsMax: number) {
    this.numbers = new Float64Array(bucketsMax + STEP)
  }

  /** Where `length` numbers may stand, with whatever they are; {@link NO_ROOM} if there is none. */
  take(length: number): number {
    const size = sizeOf(length)
    const given = this.#free.get(size)?.pop()
    if (given === undefined && this.#end + size > this.numbers.length) return NO_ROOM
    this.used += size
    if (given !== undefined) return given
    const at = this.#end
    this.#end += size
    return at
  }

  giveBack(at: number, length: number): void {
    const size = sizeOf(length)
    this.used -= size
    const list = this.#free.get(size)
    if (list === undefined) this.#free.set(size, [at])
    else list.push(at)
  }
}

function sizeOf(length: number): number {
  return Math.ceil(length / STEP) * STEP
}
