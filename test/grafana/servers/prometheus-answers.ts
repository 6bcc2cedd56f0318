/** Answers of Prometheus' API in an order of their own, numbers as numbers, so that they can be compared. */

type Labels = Readonly<Record<string, string>>
type Histogram = {
  readonly count: string
  readonly sum: string
  readonly buckets?: ReadonlyArray<ReadonlyArray<number | string>>
}
type Series = {
  readonly metric: Labels
  readonly value?: readonly [number, string]
  readonly values?: ReadonlyArray<readonly [number, string]>
  readonly histogram?: readonly [number, Histogram]
  readonly histograms?: ReadonlyArray<readonly [number, Histogram]>
}
type QueryBody = {
  readonly data: {
    readonly resultType: string
    readonly result: ReadonlyArray<Series> | readonly [number, string]
  }
  readonly warnings?: ReadonlyArray<string>
  readonly infos?: ReadonlyArray<string>
}

/** Each series by its labels: times and numbers, of histograms all of theirs, in one row. */
export type Numbers = ReadonlyMap<string, ReadonlyArray<number>>

/** By name, so that equal labels have equal text. */
export function textOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The text of Prometheus: `+Inf` too. */
const numberOf = (text: number | string): number =>
  Number(typeof text === 'string' ? text.replace('Inf', 'Infinity') : text)

const histogramNumbers = ([at, { count, sum, buckets = [] }]: readonly [number, Histogram]): number[] =>
  [at, count, sum, ...buckets.flat()].map(numberOf)

function numbersOf({ value, values, histogram, histograms }: Series): number[] {
  const floats = value === undefined ? (values ?? []) : [value]
  const whole = histogram === undefined ? (histograms ?? []) : [histogram]
  return [...floats.flat().map(numberOf), ...whole.flatMap(histogramNumbers)]
}

/** Of `/query` and `/query_range`. */
export function queryNumbers(body: unknown): { readonly type: string; readonly series: Numbers } {
  const { data } = body as QueryBody
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    const [at, text] = data.result as readonly [number, string]
    return { type: data.resultType, series: new Map([['', [at, numberOf(text)]]]) }
  }
  const series = (data.result as ReadonlyArray<Series>).map(
    (one) => [textOf(one.metric), numbersOf(one)] as const,
  )
  return { type: data.resultType, series: new Map(series) }
}

/** What a user is told beside the numbers. */
export function notesOf(body: unknown): string[] {
  const { warnings = [], infos = [] } = body as QueryBody
  return [...warnings, ...infos].sort()
}

/** Where the two are further apart than rounding explains, at most a few. */
export function differences(a: Numbers, b: Numbers): string[] {
  const found: string[] = []
  for (const labels of new Set([...a.keys(), ...b.keys()])) {
    const [ours, theirs] = [a.get(labels), b.get(labels)]
    if (ours === undefined || theirs === undefined)
      found.push(`${labels}: only ${ours === undefined ? 'there' : 'here'}`)
    else if (ours.length !== theirs.length)
      found.push(`${labels}: ${ours.length} numbers, not ${theirs.length}`)
    else {
      const i = ours.findIndex((one, i) => !isSame(one, theirs[i]!))
      if (i >= 0) found.push(`${labels}: number ${i} is ${ours[i]}, not ${theirs[i]}`)
    }
  }
  return found.slice(0, 10)
}

const RELATIVE = 1e-10
/** Prometheus' receiver gives a bucket of zero that has no width this one. */
const NOTHING = 1e-128

function isSame(a: number, b: number): boolean {
  return (
    Object.is(a, b) || a === b || Math.abs(a - b) <= NOTHING + RELATIVE * Math.max(Math.abs(a), Math.abs(b))
  )
}

/** Of `/series`. */
export function seriesOf(body: unknown): string[] {
  return (body as { readonly data: ReadonlyArray<Labels> }).data.map(textOf).sort()
}

/** Of `/labels` and `/label/{name}/values`. */
export function namesOf(body: unknown): string[] {
  return [...(body as { readonly data: ReadonlyArray<string> }).data].sort()
}

/** Of `/query_exemplars`: each with its series. */
export function exemplarsOf(body: unknown): string[] {
  type Exemplar = { readonly labels: Labels; readonly value: string; readonly timestamp: number }
  type Group = { readonly seriesLabels: Labels; readonly exemplars: ReadonlyArray<Exemplar> }
  return (body as { readonly data: ReadonlyArray<Group> }).data
    .flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(
        ({ labels, value, timestamp }) =>
          `${textOf(seriesLabels)} ${textOf(labels)} ${Number(value)} ${timestamp}`,
      ),
    )
    .sort()
}
