/** What of a tenant's metrics nobody uses, as far as blocks of rules need it. */
export type Unused = {
  readonly metrics: ReadonlyArray<{ readonly metric: string }>
  readonly labels: ReadonlyArray<{ readonly metric: string; readonly label: string }>
}

const DROP = 'filter/unused_metrics'
const REMOVE = 'aggregate/unused_labels'

/** In a pattern these stand for others; such a name has no pattern of its own. */
const WILDCARD = /[*?]/

/** Blocks for `processors` of weir.yaml that take out what is unused; no block where there is nothing for it. */
export function unusedBlocks({ metrics, labels }: Unused): Readonly<Record<string, unknown>> {
  const conditions = metrics.map(({ metric }) => `metric.name == ${JSON.stringify(metric)}`)
  const byMetric = new Map<string, string[]>()
  for (const { metric, label } of labels)
    if (!WILDCARD.test(metric)) byMetric.set(metric, [...(byMetric.get(metric) ?? []), label])
  const entries = [...byMetric].map(([metric, remove]) => ({ metric, remove }))
  return {
    ...(conditions.length === 0 ? {} : { [DROP]: { metric_conditions: conditions } }),
    ...(entries.length === 0 ? {} : { [REMOVE]: { metrics: entries } }),
  }
}
