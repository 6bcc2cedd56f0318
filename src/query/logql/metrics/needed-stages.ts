import type { Grouping, RangeAggregation, Stage } from '../ast.ts'

const COUNTS: ReadonlySet<RangeAggregation['op']> = new Set<RangeAggregation['op']>([
  'count_over_time',
  'rate',
  'bytes_over_time',
  'bytes_rate',
])

/**
 * A range aggregation under a sum that keeps no label, or one that looks for absence, without the stages that do nothing
 * but make labels, if no stage reads labels: then lines are not taken apart, and one that can't be is counted like any other.
 */
export function withNeededStages(expr: RangeAggregation, outer: Grouping | undefined): RangeAggregation {
  const { op, range, grouping } = expr
  const keepsNone = outer !== undefined && outer.labels.length === 0 && !outer.without && COUNTS.has(op)
  if (!keepsNone && op !== 'absent_over_time') return expr
  if (grouping !== undefined || range.unwrap !== undefined) return expr
  if (!range.stages.every((stage) => staysInLine(stage) || makesLabels(stage))) return expr
  const stages = range.stages.filter((stage) => !makesLabels(stage))
  return stages.length === range.stages.length ? expr : { ...expr, range: { ...range, stages } }
}

function staysInLine({ kind }: Stage): boolean {
  return kind === 'line-filter' || kind === 'decolorize'
}

function makesLabels({ kind }: Stage): boolean {
  return (
    kind === 'json' ||
    kind === 'logfmt' ||
    kind === 'regexp' ||
    kind === 'pattern' ||
    kind === 'drop' ||
    kind === 'keep'
  )
}
