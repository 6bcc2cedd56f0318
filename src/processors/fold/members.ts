import { KeyedHash } from '../../otlp/hash/words.ts'

/**
 * Where each word of a member stands. A member is a series that is folded: what is known of its last point. The words
 * behind `timeHigh` belong to the totals that it is added to; each kind names its own.
 */
export const MEMBER = {
  low: 0,
  high: 1,
  /** The fold's number, with the owner's bits above it; 0 of a free one, whose `low` is the next free one. */
  meta: 2,
  startLow: 3,
  startHigh: 4,
  timeLow: 5,
  timeHigh: 6,
  own: 7,
  stride: 13,
} as const

export const FOLD_MASK = (1 << 22) - 1
const WINDOW_SHIFT = 22
const WINDOW_MASK = 3 << WINDOW_SHIFT
/** Three bits of a member that its totals may use. */
export const MEMBER_FLAG = [1 << 24, 1 << 25, 1 << 26] as const

export const NO_MEMBER = 0
const LOAD_MAX = 0.75
const INDEX_AT_FIRST = 1024

/**
 * The members of all folds: 52 bytes each in one array of the size for all that there may be (pages that nobody reached take no
 * memory), and an index by key of at most 10.7 bytes a member. Numbers start at 1. A key is a fingerprint and the fold, as the
 * caller sees it: it compares folds itself, since fingerprints of two tenants may be equal.
 */
export class Members {
  readonly membersMax: number
  readonly words: Int32Array
  /** As many as there are. */
  count = 0
  /** Numbers given are below this. */
  end = 1
  readonly #hash = new KeyedHash()
  #free = NO_MEMBER
  #index = new Int32Array(INDEX_AT_FIRST)
  #window = 0

  constructor(membersMax: number) {
    this.membersMax = membersMax
    this.words = new Int32Array(MEMBER.stride * (membersMax + 1))
  }

  /** Bytes in use. */
  get byteLength(): number {
    return 4 * MEMBER.stride * this.end + this.#index.byteLength
  }

  /** What decides the place of a key: stays the same when the index grows. */
  hashOf(low: number, high: number): number {
    return this.#hash.words(low, high, 0)
  }

  /** The first place in the index where a member of this hash may stand; `next` leads on. */
  placeOf(hash: number): number {
    return hash & (this.#index.length - 1)
  }

  next(place: number): number {
    return (place + 1) & (this.#index.length - 1)
  }

  /** The member at a place of the index; {@link NO_MEMBER} ends a search. */
  at(place: number): number {
    return this.#index[place]!
  }

  /** Adds a member; {@link NO_MEMBER} if there is no room. All its words but the key are 0. */
  add(low: number, high: number, fold: number): number {
    if (this.count >= this.membersMax) return NO_MEMBER
    if (this.count + 1 > LOAD_MAX * this.#index.length) this.#grow()
    const member = this.#take()
    const base = member * MEMBER.stride
    const { words } = this
    words.fill(0, base, base + MEMBER.stride)
    words[base + MEMBER.low] = low
    words[base + MEMBER.high] = high
    words[base + MEMBER.meta] = fold | (this.#window << WINDOW_SHIFT)
    this.count++
    this.#enter(member)
    return member
  }

  remove(member: number): void {
    const { words } = this
    const base = member * MEMBER.stride
    this.#leave(member)
    words[base + MEMBER.meta] = 0
    words[base + MEMBER.low] = this.#free
    this.#free = member
    this.count--
  }

  foldOf(member: number): number {
    return this.words[member * MEMBER.stride + MEMBER.meta]! & FOLD_MASK
  }

  moveTo(member: number, fold: number): void {
    const at = member * MEMBER.stride + MEMBER.meta
    this.words[at] = (this.words[at]! & ~FOLD_MASK) | fold
  }

  /** As if it were new, and of another fold. */
  clear(member: number, fold: number): void {
    const base = member * MEMBER.stride
    this.words.fill(0, base + MEMBER.startLow, base + MEMBER.stride)
    this.words[base + MEMBER.meta] = fold
    this.see(member)
  }

  /** Takes the words of a member that was saved; key and fold are its own already. */
  restore(member: number, words: Int32Array): void {
    const base = member * MEMBER.stride
    const fold = this.foldOf(member)
    for (let i = MEMBER.meta; i < MEMBER.stride; i++) this.words[base + i] = words[i]!
    this.moveTo(member, fold)
    this.see(member)
  }

  /** Marks a member as seen in this window. */
  see(member: number): void {
    const at = member * MEMBER.stride + MEMBER.meta
    this.words[at] = (this.words[at]! & ~WINDOW_MASK) | (this.#window << WINDOW_SHIFT)
  }

  isUsed(member: number): boolean {
    return this.words[member * MEMBER.stride + MEMBER.meta] !== 0
  }

  /** Windows since it was seen: 0 to 3. Whoever keeps one above 1 calls {@link keepIdle} once a window. */
  ageOf(member: number): number {
    return (this.#window - (this.words[member * MEMBER.stride + MEMBER.meta]! >>> WINDOW_SHIFT)) & 3
  }

  /** Two bits count windows: what stays idle for more than three would look young again. */
  keepIdle(member: number): void {
    const at = member * MEMBER.stride + MEMBER.meta
    this.words[at] = (this.words[at]! & ~WINDOW_MASK) | (((this.#window - 2) & 3) << WINDOW_SHIFT)
  }

  rotate(): void {
    this.#window = (this.#window + 1) & 3
  }

  #take(): number {
    if (this.#free === NO_MEMBER) return this.end++
    const member = this.#free
    this.#free = this.words[member * MEMBER.stride + MEMBER.low]!
    return member
  }

  #homeOf(member: number): number {
    const base = member * MEMBER.stride
    return this.placeOf(this.hashOf(this.words[base + MEMBER.low]!, this.words[base + MEMBER.high]!))
  }

  #enter(member: number): void {
    let place = this.#homeOf(member)
    while (this.#index[place] !== NO_MEMBER) place = this.next(place)
    this.#index[place] = member
  }

  /** Takes a member out of the index and moves up those that stand behind it only because of it. */
  #leave(member: number): void {
    const index = this.#index
    const mask = index.length - 1
    let hole = this.#homeOf(member)
    while (index[hole] !== member) hole = this.next(hole)
    for (let place = this.next(hole); index[place] !== NO_MEMBER; place = this.next(place)) {
      const home = this.#homeOf(index[place]!)
      if (((place - home) & mask) < ((place - hole) & mask)) continue
      index[hole] = index[place]!
      hole = place
    }
    index[hole] = NO_MEMBER
  }

  #grow(): void {
    this.#index = new Int32Array(2 * this.#index.length)
    for (let member = 1; member < this.end; member++) if (this.isUsed(member)) this.#enter(member)
  }
}
