import { type Series, seriesOf } from '../../logql/metrics/series.ts'
import { printValue } from '../../promql/histogram/text.ts'
import { compileMatcher } from '../../promql/matcher.ts'
import { type Part, type PointTable, partLabel } from '../naming/parts.ts'
import type { SelectedPart } from './series.ts'

/** What one statement reads: series of one table and part, of cumulative (or no) temporality or of delta; gauges among native histograms apart. */
export type Lane = {
  readonly table: PointTable
  readonly part: Part
  readonly delta: boolean
  /** Native histograms that are no counters. */
  readonly gauge: boolean
  /** As they were sent. */
  readonly metricNames: ReadonlyArray<string>
  readonly fingerprints: ReadonlyArray<string>
  /** The resource of each. */
  readonly resources: ReadonlyArray<string>
  /** What each of `fingerprints` is in Prometheus: several may be one series there. */
  readonly targets: ReadonlyArray<LaneSeries>
  readonly distinct: ReadonlyArray<LaneSeries>
}
export type LaneSeries = {
  readonly series: Series
  /** Among the lane's distinct series. */
  readonly index: number
  /** With the label that a point's bucket or quantile gives; undefined where no matcher wants it. */
  readonly at: (point: number) => Series | undefined
}

export function lanesOf(parts: ReadonlyArray<SelectedPart>): Lane[] {
  const drafts = new Map<string, Draft>()
  for (const part of parts) {
    const { table, part: kind, metric } = part.named
    for (const { fingerprint, resource, delta, gauge, series } of part.series) {
      const key = `${table} ${kind} ${delta} ${gauge}`
      const draft = drafts.get(key) ?? new Draft(table, kind, delta, gauge)
      drafts.set(key, draft)
      draft.add({ metricName: metric.name, fingerprint, resource, series, matchers: part.pointMatchers })
    }
  }
  return [...drafts.values()]
}

type LaneMember = {
  readonly metricName: string
  readonly fingerprint: string
  readonly resource: string
  readonly series: Series
  readonly matchers: SelectedPart['pointMatchers']
}

class Draft implements Lane {
  readonly table: PointTable
  readonly part: Part
  readonly delta: boolean
  readonly gauge: boolean
  readonly fingerprints: string[] = []
  readonly resources: string[] = []
  readonly targets: LaneSeries[] = []
  readonly distinct: LaneSeries[] = []
  readonly metricNames: string[] = []
  readonly #byKey = new Map<string, LaneSeries>()

  constructor(table: PointTable, part: Part, delta: boolean, gauge: boolean) {
    this.table = table
    this.part = part
    this.delta = delta
    this.gauge = gauge
  }

  add({ metricName, fingerprint, resource, series, matchers }: LaneMember): void {
    if (!this.metricNames.includes(metricName)) this.metricNames.push(metricName)
    let target = this.#byKey.get(series.key)
    if (target === undefined) {
      target = { series, index: this.distinct.length, at: pointSeries(series, this.part, matchers) }
      this.#byKey.set(series.key, target)
      this.distinct.push(target)
    }
    this.fingerprints.push(fingerprint)
    this.resources.push(resource)
    this.targets.push(target)
  }
}

function pointSeries(
  series: Series,
  part: Part,
  matchers: SelectedPart['pointMatchers'],
): (point: number) => Series | undefined {
  const label = partLabel(part)
  if (label === undefined) return () => series
  const tests = matchers.map(compileMatcher)
  const made = new Map<number, Series | undefined>()
  return (point) => {
    if (made.has(point)) return made.get(point)
    const text = printValue(point)
    const own = tests.every((matches) => matches(text))
      ? seriesOf(new Map(series.labels).set(label, text))
      : undefined
    made.set(point, own)
    return own
  }
}
