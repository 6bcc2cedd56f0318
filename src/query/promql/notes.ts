import { positionOf } from '../../config/position.ts'
import type { Span } from './ast.ts'

/** What a result should be read with: Prometheus' annotations, warnings and infos apart. */
export type Annotations = { readonly warnings: ReadonlyArray<string>; readonly infos: ReadonlyArray<string> }

/** Different notes of one query that are kept, of each kind. */
const NOTES_MAX = 100

/** Collects the notes of one query: each once, with the place it is about. */
export class Notes {
  readonly #query: string
  readonly #warnings = new Set<string>()
  readonly #infos = new Set<string>()
  /** Notes come again for every instant: what was noted last, so that those cost nothing. */
  #last = ''
  #lastStart = -1

  constructor(query: string) {
    this.#query = query
  }

  warn(text: string, at: Span): void {
    this.#note(this.#warnings, `PromQL warning: ${text}`, at)
  }

  info(text: string, at: Span): void {
    this.#note(this.#infos, `PromQL info: ${text}`, at)
  }

  #note(notes: Set<string>, text: string, { start }: Span): void {
    if (text === this.#last && start === this.#lastStart) return
    this.#last = text
    this.#lastStart = start
    if (notes.size >= NOTES_MAX) return
    const { line, column } = positionOf(this.#query, start)
    notes.add(`${text} (${line}:${column})`)
  }

  mixedSamples(name: string, at: Span): void {
    this.warn(`encountered a mix of histograms and floats for ${named(name)}`, at)
  }

  mixedBuckets(name: string, at: Span): void {
    this.warn(
      `vector contains a mix of histograms with exponential and custom buckets schemas for ${named(name)}`,
      at,
    )
  }

  notCounter(name: string, at: Span): void {
    this.warn(`this native histogram metric is not a counter: ${JSON.stringify(name)}`, at)
  }

  notGauge(name: string, at: Span): void {
    this.warn(`this native histogram metric is not a gauge: ${JSON.stringify(name)}`, at)
  }

  perhapsNoCounter(name: string, at: Span): void {
    this.info(
      `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(name)}`,
      at,
    )
  }

  ignoredInRange(name: string, at: Span): void {
    this.info(`ignored histograms in a range containing both floats and histograms for ${named(name)}`, at)
  }

  invalidQuantile(quantile: number, at: Span): void {
    this.warn(`quantile value should be between 0 and 1, got ${printNumber(quantile)}`, at)
  }

  invalidStrategy(strategy: number, at: Span): void {
    this.warn(`strategy should be 0, 1, or 2 (default), using 2, got ${printNumber(strategy)}`, at)
  }

  reconciledBounds(operation: 'addition' | 'subtraction' | 'aggregation', at: Span): void {
    this.info(`mismatched custom buckets were reconciled during ${operation}`, at)
  }

  resetCollision(operation: 'addition' | 'subtraction' | 'aggregation', at: Span): void {
    this.warn(`conflicting counter resets during histogram ${operation}`, at)
  }

  notANumber(
    func: 'histogram_quantile' | 'histogram_fraction',
    effect: string,
    name: string,
    at: Span,
  ): void {
    this.info(
      `input to ${func} has NaN observations, ${effect}${name === '' ? '' : ` for ${named(name)}`}`,
      at,
    )
  }

  sortedRange(at: Span): void {
    this.warn('sort is ineffective for range queries since results are always ordered by labels', at)
  }

  get annotations(): Annotations {
    return { warnings: [...this.#warnings], infos: [...this.#infos] }
  }
}

function named(name: string): string {
  return `metric name ${JSON.stringify(name)}`
}

function printNumber(value: number): string {
  return String(value).replace('Infinity', 'Inf').replace(/^Inf/, '+Inf')
}
