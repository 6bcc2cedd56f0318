import type { ActiveSeries, Label, StoredSeries } from '../api.ts'
import { totalOf } from '../signals.ts'
import { heading, say, table } from './terminal.ts'

type Counts = Readonly<Record<string, number>>
type SeriesByMetric = ReadonlyMap<string, ReadonlyArray<StoredSeries>>

/** The metrics with the series that were sent and those that are stored. */
export function metricSeries(sent: Counts, stored: SeriesByMetric): void {
  const total = totalOf([...stored.values()].map((series) => series.length))
  heading(`Metrics: ${totalOf(Object.values(sent))} series sent, ${total} stored`)
  const rows = Object.entries(sent).map(([metric, n]) => {
    const series = stored.get(metric) ?? []
    const [{ type = '', unit = '' } = {}] = series
    const saved = n > series.length ? String(n - series.length) : ''
    return [metric, String(n), String(series.length), saved, type, unit]
  })
  table(['metric', 'series sent', 'stored', 'saved', 'type', 'unit'], rows)
}

/** The shop's metric with most series; undefined if it has no metric. */
export function largestOf(sent: Counts): string | undefined {
  return Object.entries(sent).sort(([, a], [, b]) => b - a)[0]?.[0]
}

/** The metrics with most active series in the whole gateway, and what makes one of the shop's large. */
export function cardinality(
  top: ReadonlyArray<ActiveSeries>,
  largest: { readonly metric: string; readonly label: Label | undefined; readonly stored: number },
): void {
  const list = top.map(({ metric, active }) => `${metric} ${active}`).join(', ')
  say(`  Top cardinality: ${list}`)
  const { metric, label, stored } = largest
  if (label !== undefined)
    say(`  ${metric} has a series for each ${label.label}: ${label.values} stored since yesterday`)
  const active = top.find((one) => one.metric === metric)?.active ?? 0
  if (stored < active) say('  Other pods, such as those of earlier runs, have room there until they go idle')
}
