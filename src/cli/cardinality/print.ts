import type { MetricReport, TenantReport } from '../../query/cardinality/schemas.ts'
import { type Cell, tableText } from '../table.ts'

type Hours = TenantReport['metrics'][number]['series']

const growth = ({ lastHour }: Hours, before: number): Cell => ({ ratio: lastHour / before })

function tenantText({ active, metrics }: TenantReport): string {
  const rows = metrics.map(
    ({ metric, active: own, new: fresh, series, samplesPerDay, bytesPerDay }): Cell[] => [
      ...[metric, own, fresh],
      ...[growth(series, series.hourBefore), growth(series, series.dayBefore)],
      ...[samplesPerDay, { bytes: bytesPerDay }],
    ],
  )
  const head = ['METRIC', 'ACTIVE', 'NEW', 'ON HOUR', 'ON DAY', 'SAMPLES/DAY', 'BYTES/DAY']
  return `${active.toLocaleString('en-US')} active series\n\n${tableText(head, rows)}`
}

function kindsText(kinds: MetricReport['labels'][number]['kinds']): string {
  return (kinds ?? [])
    .map(({ kind, share, examples }) => `${kind} ${Math.round(share * 100)} % (${examples[0]})`)
    .join(', ')
}

function fixText(fix: MetricReport['fixes'][number]): string {
  if (fix.fix === 'remove') return `remove the label ${fix.label}`
  return fix.fix === 'limit' ? `limit to ${fix.limit} series` : 'drop the metric'
}

function metricText({ metric, active, stored, samplesPerDay, labels, fixes }: MetricReport): string {
  const number = (value: number): string => value.toLocaleString('en-US')
  const head = `${metric}: ${number(active)} active series, ${number(stored)} stored since yesterday, ${number(samplesPerDay)} samples a day\n`
  const labelRows = labels.map(({ label, values, series, seriesLeft, kinds }): Cell[] => [
    ...[label, values, series, seriesLeft ?? '-', kindsText(kinds)],
  ])
  const fixRows = fixes.map((fix): Cell[] => [
    ...[fixText(fix), fix.saves.series, fix.saves.samplesPerDay, { bytes: fix.saves.bytesPerDay }],
  ])
  return [
    head,
    tableText(['LABEL', 'VALUES', 'SERIES', 'LEFT WITHOUT', 'VALUES ARE'], labelRows),
    tableText(['FIX', 'SAVES SERIES', 'SAMPLES/DAY', 'BYTES/DAY'], fixRows),
  ].join('\n')
}

/** The report, as a person reads it. */
export function cardinalityText(report: TenantReport | MetricReport): string {
  return 'metrics' in report ? tenantText(report) : metricText(report)
}
