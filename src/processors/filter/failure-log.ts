import type { Deps } from '../processor.ts'

/** One line a minute for each condition is enough: a field of the wrong type fails for every record. */
const INTERVAL_MS = 60_000

/** Logs conditions that could not be evaluated, without a line per record. */
export class FailureLog {
  readonly #processor: string
  readonly #deps: Deps
  readonly #rules: ReadonlyArray<string>
  readonly #counts: Float64Array
  readonly #reasons: string[]
  readonly #loggedMs: Float64Array
  #noted = false

  constructor(processor: string, deps: Deps, rules: ReadonlyArray<string>) {
    this.#processor = processor
    this.#deps = deps
    this.#rules = rules
    this.#counts = new Float64Array(rules.length)
    this.#reasons = rules.map(() => '')
    this.#loggedMs = new Float64Array(rules.length).fill(Number.NEGATIVE_INFINITY)
  }

  /** `reason` is the same text for the same cause: it holds no data of the record. */
  note(rule: number, reason: string): void {
    this.#noted = true
    this.#counts[rule]!++
    this.#reasons[rule] = reason
  }

  /** To be called once per batch. */
  flush(): void {
    if (!this.#noted) return
    this.#noted = false
    const nowMs = this.#deps.nowMs()
    this.#rules.forEach((rule, i) => {
      const failures = this.#counts[i]!
      if (failures === 0 || nowMs - this.#loggedMs[i]! < INTERVAL_MS) return
      this.#loggedMs[i] = nowMs
      this.#counts[i] = 0
      const fields = { processor: this.#processor, rule, failures, reason: this.#reasons[i] }
      this.#deps.log.warn(fields, 'A condition could not be evaluated; the records were not dropped by it')
    })
  }
}
