import { DAY_SECONDS, type Metric, seriesFor } from './data.ts'

export type Case = { readonly name: string; readonly query: string; readonly targetMs: number }

export const ONE_MILLION: Metric = { name: 'small', series: seriesFor(1e6) }
export const TEN_MILLION: Metric = { name: 'large', series: seriesFor(1e7) }
/** Of a dashboard: ten million samples together. */
export const PANELS: ReadonlyArray<Metric> = Array.from({ length: 20 }, (_, i) => ({
  name: `panel${i}`,
  series: seriesFor(5e5),
}))

export const CASES: ReadonlyArray<Case> = [
  { name: 'rate, 1 M samples', query: 'sum by (pod) (rate(small_total[5m]))', targetMs: 300 },
  { name: 'rate, 10 M samples', query: 'sum by (pod) (rate(large_total[5m]))', targetMs: 2000 },
]
export const DASHBOARD_TARGET_MS = 3000
/** A day at a step of a minute. */
export const RANGE_SECONDS = DAY_SECONDS
export const STEP_SECONDS = 60

/** What panels ask: rates by different labels, of all and of some. */
export function panelQuery({ name }: Metric, index: number): string {
  switch (index % 5) {
    case 0:
      return `sum by (pod) (rate(${name}_total[5m]))`
    case 1:
      return `sum(rate(${name}_total[5m]))`
    case 2:
      return `topk(5, sum by (path) (increase(${name}_total[5m])))`
    case 3:
      return `sum by (k8s_namespace_name) (rate(${name}_total{path=~"/[0-4]"}[5m])) / sum by (k8s_namespace_name) (rate(${name}_total[5m]))`
    default:
      return `max by (pod) (${name}_total)`
  }
}
