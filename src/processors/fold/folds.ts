import { KeyedHash } from '../../otlp/hash/words.ts'
import type { Fold } from './fold.ts'
import { FOLD_MASK } from './members.ts'

const NOTHING = 0
const INDEX_AT_FIRST = 64
const LOAD_MAX = 0.5

/** The folded series by number, and by what their members have in common. A look-up allocates nothing. */
export class Folds {
  readonly foldsMax: number
  count = 0
  readonly #hash = new KeyedHash()
  readonly #folds: (Fold | undefined)[] = [undefined]
  readonly #free: number[] = []
  /** How many there are of each rule. */
  readonly #ofRule = new Map<string, number>()
  #index = new Int32Array(INDEX_AT_FIRST)

  constructor(foldsMax: number) {
    this.foldsMax = Math.min(foldsMax, FOLD_MASK)
  }

  /** Numbers given are below this. */
  get end(): number {
    return this.#folds.length
  }

  at(number: number): Fold | undefined {
    return this.#folds[number]
  }

  /** How many there are of a rule, whoever owns it. */
  countOf(ruleId: string): number {
    return this.#ofRule.get(ruleId) ?? 0
  }

  find(low: number, high: number, owner: string, ruleId: string, tenant: string): Fold | undefined {
    const index = this.#index
    for (let place = this.#placeOf(low, high); index[place] !== NOTHING; place = this.#next(place)) {
      const fold = this.#folds[index[place]!]!
      const { key } = fold
      if (
        key.low === low &&
        key.high === high &&
        key.tenant === tenant &&
        key.owner === owner &&
        key.ruleId === ruleId
      )
        return fold
    }
    return undefined
  }

  get isFull(): boolean {
    return this.count >= this.foldsMax
  }

  nextNumber(): number {
    return this.#free.at(-1) ?? this.#folds.length
  }

  /** The fold has the number that `nextNumber` says. */
  add(fold: Fold): void {
    if (this.#free.at(-1) === fold.number) this.#free.pop()
    this.#folds[fold.number] = fold
    this.count++
    this.#ofRule.set(fold.key.ruleId, this.countOf(fold.key.ruleId) + 1)
    if (this.count > LOAD_MAX * this.#index.length) this.#rebuild(2 * this.#index.length)
    else this.#enter(fold)
  }

  /** The caller knows that no member has their numbers. */
  removeAll(folds: ReadonlyArray<Fold>): void {
    for (const { key, number } of folds) {
      const left = this.countOf(key.ruleId) - 1
      if (left > 0) this.#ofRule.set(key.ruleId, left)
      else this.#ofRule.delete(key.ruleId)
      this.#folds[number] = undefined
      this.#free.push(number)
    }
    this.count -= folds.length
    if (folds.length > 0) this.#rebuild(this.#index.length)
  }

  *all(): Generator<Fold> {
    for (const fold of this.#folds) if (fold !== undefined) yield fold
  }

  #placeOf(low: number, high: number): number {
    return this.#hash.words(low, high, 1) & (this.#index.length - 1)
  }

  #next(place: number): number {
    return (place + 1) & (this.#index.length - 1)
  }

  #enter({ key, number }: Fold): void {
    let place = this.#placeOf(key.low, key.high)
    while (this.#index[place] !== NOTHING) place = this.#next(place)
    this.#index[place] = number
  }

  #rebuild(length: number): void {
    this.#index = new Int32Array(length)
    for (const fold of this.all()) this.#enter(fold)
  }
}
