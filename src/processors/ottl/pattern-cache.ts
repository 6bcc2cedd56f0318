/** As many patterns as a condition keeps prepared; those used least recently are prepared anew. */
const PATTERNS_MAX = 64
/** Of one, in characters, so that what is kept is bounded. */
const LENGTH_MAX = 4096

/** Patterns that records bring with them, prepared once for as long as they keep coming. */
export class PatternCache<Prepared extends object> {
  readonly #prepare: (pattern: string) => Prepared
  readonly #known: Map<string, Prepared | string>

  /** `prepare` throws an Error that says what is wrong with a pattern. */
  constructor(prepare: (pattern: string) => Prepared) {
    this.#prepare = prepare
    this.#known = new Map()
  }

  /** What was prepared for a pattern, or what is wrong with it. */
  get(pattern: string): Prepared | string {
    if (pattern.length > LENGTH_MAX) return `it is longer than ${LENGTH_MAX} characters`
    const known = this.#known.get(pattern)
    if (known !== undefined) {
      this.#known.delete(pattern)
      this.#known.set(pattern, known)
      return known
    }
    const made = this.#make(pattern)
    if (this.#known.size >= PATTERNS_MAX) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(pattern, made)
    return made
  }

  #make(pattern: string): Prepared | string {
    try {
      return this.#prepare(pattern)
    } catch (error) {
      if (error instanceof Error) return error.message
      throw error
    }
  }
}
