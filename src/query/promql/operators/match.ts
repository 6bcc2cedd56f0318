import { printLabels, type Series } from '../../logql/metrics/series.ts'
import type { VectorMatching } from '../ast.ts'
import { PromqlEvaluationError } from '../error.ts'
import type { Breaths } from '../evaluate/breaths.ts'
import { filledOf, SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { ABSENT, FLOAT, type GridSeries, type GridVector } from '../grid.ts'
import { type Operation, Sample } from './element.ts'
import { groupsOf, type MatchGroup, presence, resultSeries } from './signature.ts'

type Rules = {
  readonly matching: VectorMatching | undefined
  readonly arithmetic: boolean
  readonly bool: boolean
}

/** An operation on each pair of partners. Throws PromqlEvaluationError where one has several, and may not. */
export async function combineVectors(
  operation: Operation,
  left: VectorValue,
  right: VectorValue,
  rules: Rules,
  count: number,
  breaths: Breaths,
): Promise<VectorValue> {
  const pairing = new Pairing(operation, left.series, right.series, rules, count)
  for (const group of groupsOf(left.series, right.series, rules.matching).values()) {
    const due = breaths.due()
    if (due !== undefined) await due
    pairing.group(group)
  }
  return { kind: 'vector', series: filledOf(pairing.results.values()) }
}

/** Where the results of a series go, as long as it has the same partner. */
type Known = { readonly one: GridSeries | undefined; readonly writer: SeriesWriter }

class Pairing {
  readonly results = new Map<string, SeriesWriter>()
  readonly #operation: Operation
  readonly #rules: Rules
  readonly #count: number
  readonly #swapped: boolean
  /** Where a side has nothing at all, nothing is looked at. */
  readonly #comparable: Uint8Array
  /** What has a result at the instant. */
  readonly #seen: SeriesWriter[] = []
  readonly #many = new Sample()
  readonly #one = new Sample()
  readonly #fillMany: number | undefined
  readonly #fillOne: number | undefined

  constructor(operation: Operation, left: GridVector, right: GridVector, rules: Rules, count: number) {
    this.#operation = operation
    this.#rules = rules
    this.#count = count
    this.#swapped = rules.matching?.group === 'right'
    const { fillLeft, fillRight } = rules.matching ?? {}
    this.#fillMany = this.#swapped ? fillRight : fillLeft
    this.#fillOne = this.#swapped ? fillLeft : fillRight
    const filled = fillLeft !== undefined || fillRight !== undefined
    const other = presence(right, count)
    this.#comparable = filled
      ? new Uint8Array(count).fill(1)
      : presence(left, count).map((there, i) => there & other[i]!)
  }

  group(group: MatchGroup): void {
    const many = this.#swapped ? group.right : group.left
    const ones = this.#swapped ? group.left : group.right
    if (ones.length === 0 && this.#fillOne === undefined) return
    const known: Array<Known | undefined> = many.map(() => undefined)
    for (let step = 0; step < this.#count; step++) {
      if (this.#comparable[step] === 0) continue
      const one = this.#only(ones, step, group.signature)
      if (one === undefined && this.#fillOne === undefined) continue
      this.#step(step, many, known, one, group.signature)
    }
  }

  #only(ones: ReadonlyArray<GridSeries>, step: number, signature: Series): GridSeries | undefined {
    let found: GridSeries | undefined
    for (const one of ones) {
      if (one.kinds[step] === ABSENT) continue
      if (found !== undefined) {
        const side = this.#swapped ? 'left' : 'right'
        const [first, second] = [printLabels(one.series.labels), printLabels(found.series.labels)].sort()
        throw new PromqlEvaluationError(
          `found duplicate series for the match group ${printLabels(signature.labels)} on the ${side} hand-side of the operation: ` +
            `[${first}, ${second}];many-to-many matching not allowed: matching labels must be unique on one side`,
        )
      }
      found = one
    }
    return found
  }

  #step(
    step: number,
    many: ReadonlyArray<GridSeries>,
    known: Array<Known | undefined>,
    one: GridSeries | undefined,
    signature: Series,
  ): void {
    if (one === undefined) this.#one.setFloat(this.#fillOne!)
    else this.#one.set(one, step)
    this.#seen.length = 0
    let found = false
    for (let i = 0; i < many.length; i++) {
      const series = many[i]!
      if (series.kinds[step] === ABSENT) continue
      found = true
      this.#many.set(series, step)
      const kept = this.#apply()
      if (!kept && !this.#operation.filtered) continue
      // The partner is nearly always the one of the instant before.
      let pair = known[i]
      if (pair === undefined || pair.one !== one) {
        pair = { one, writer: this.#writer(series.series, series.dropName, one?.series) }
        known[i] = pair
      }
      // What a comparison leaves out was a partner too.
      this.#checkOnce(pair.writer)
      if (kept) this.#write(pair.writer, step)
    }
    if (found || one === undefined || this.#fillMany === undefined) return
    this.#many.setFloat(this.#fillMany)
    if (this.#apply()) this.#write(this.#writer(signature, false, one.series), step)
  }

  #apply(): boolean {
    return this.#swapped
      ? this.#operation.apply(this.#one, this.#many)
      : this.#operation.apply(this.#many, this.#one)
  }

  /** The results of all pairs with the same labels are one series. */
  #writer(many: Series, dropped: boolean, one: Series | undefined): SeriesWriter {
    const { arithmetic, bool, matching } = this.#rules
    const series = resultSeries(many, one ?? NO_PARTNER, arithmetic, matching)
    let writer = this.results.get(series.key)
    if (writer === undefined) {
      writer = new SeriesWriter(series, this.#count, bool || dropped)
      this.results.set(series.key, writer)
    }
    return writer
  }

  #checkOnce(writer: SeriesWriter): void {
    const seen = this.#seen
    const grouped = this.#rules.matching?.group !== undefined
    if (grouped ? seen.includes(writer) : seen.length > 0)
      throw new PromqlEvaluationError(
        grouped
          ? 'multiple matches for labels: grouping labels must ensure unique matches'
          : 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
      )
    seen.push(writer)
  }

  #write(writer: SeriesWriter, step: number): void {
    if (writer.kinds[step] !== ABSENT)
      throw new PromqlEvaluationError('vector cannot contain metrics with the same labelset')
    const { kind, value, histogram } = this.#operation.result
    if (kind === FLOAT) writer.float(step, value)
    else writer.histogram(step, histogram!)
  }
}

const NO_PARTNER: Series = { labels: new Map(), key: '' }
