import type { Grouping, MetricExpr, RangeAggregation, RangeOp, VectorAggregation, VectorOp } from '../ast.ts'
import type { Cursor } from './cursor.ts'
import { parseGrouping } from './grouping.ts'
import { parseLogRange } from './range.ts'

type Unwrapping = 'never' | 'always' | 'either'

/** Whether a function reads an unwrapped label, and whether it may be grouped. */
export const RANGE_OPS: ReadonlyMap<RangeOp, { readonly unwrap: Unwrapping; readonly grouping: boolean }> =
  new Map([
    ['rate', { unwrap: 'either', grouping: false }],
    ['rate_counter', { unwrap: 'always', grouping: false }],
    ['count_over_time', { unwrap: 'never', grouping: false }],
    ['bytes_rate', { unwrap: 'never', grouping: false }],
    ['bytes_over_time', { unwrap: 'never', grouping: false }],
    ['absent_over_time', { unwrap: 'either', grouping: false }],
    ['sum_over_time', { unwrap: 'always', grouping: false }],
    ['avg_over_time', { unwrap: 'always', grouping: true }],
    ['max_over_time', { unwrap: 'always', grouping: true }],
    ['min_over_time', { unwrap: 'always', grouping: true }],
    ['first_over_time', { unwrap: 'always', grouping: true }],
    ['last_over_time', { unwrap: 'always', grouping: true }],
    ['stdvar_over_time', { unwrap: 'always', grouping: true }],
    ['stddev_over_time', { unwrap: 'always', grouping: true }],
    ['quantile_over_time', { unwrap: 'always', grouping: true }],
  ] as const)

export const VECTOR_OPS: ReadonlySet<VectorOp> = new Set<VectorOp>([
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'sort',
  'sort_desc',
  'approx_topk',
])
const WITH_PARAMETER: ReadonlySet<VectorOp> = new Set<VectorOp>(['topk', 'bottomk', 'approx_topk'])

export function parseRangeAggregation(cursor: Cursor): RangeAggregation {
  const { text, start } = cursor.take()
  const op = text as RangeOp
  cursor.expect('(')
  const parameter = parseParameter(cursor, op, op === 'quantile_over_time', start)
  const range = cursor.nested(() => parseLogRange(cursor))
  cursor.expect(')')
  const grouping = parseGrouping(cursor)
  const rules = RANGE_OPS.get(op)!
  if (rules.unwrap === 'never' && range.unwrap !== undefined)
    cursor.fail(
      range.unwrap.start,
      `invalid aggregation ${op} with unwrap: it counts lines; leave the unwrap out`,
    )
  if (rules.unwrap === 'always' && range.unwrap === undefined)
    cursor.fail(start, `invalid aggregation ${op} without unwrap: add | unwrap <label> before the window`)
  if (!rules.grouping && grouping !== undefined) cursor.fail(grouping.start, groupingRefused(op))
  return { kind: 'range-aggregation', op, parameter, range, grouping, start, end: cursor.lastEnd }
}

export function parseVectorAggregation(cursor: Cursor, parseOperand: () => MetricExpr): VectorAggregation {
  const { text, start } = cursor.take()
  const op = text as VectorOp
  const before = parseGrouping(cursor)
  cursor.expect('(')
  const parameterStart = cursor.token.start
  const parameter = parseParameter(cursor, op, WITH_PARAMETER.has(op), start)
  const operand = cursor.nested(parseOperand)
  if (!cursor.is(')')) cursor.unexpected([')', 'an operator'])
  cursor.take()
  const grouping: Grouping | undefined = before ?? parseGrouping(cursor)
  if (parameter !== undefined && !Number.isInteger(parameter))
    cursor.fail(parameterStart, `invalid parameter ${op}(${parameter}, …): it must be an integer`)
  if (parameter !== undefined && parameter <= 0)
    cursor.fail(parameterStart, `invalid parameter (must be greater than 0) ${op}(${parameter}, …)`)
  if (grouping !== undefined && (op === 'sort' || op === 'sort_desc'))
    cursor.fail(
      grouping.start,
      "sort and sort_desc doesn't allow grouping by: group by an aggregation inside it",
    )
  if (grouping !== undefined && op === 'approx_topk') cursor.fail(grouping.start, groupingRefused(op))
  return { kind: 'vector-aggregation', op, parameter, operand, grouping, start, end: cursor.lastEnd }
}

function groupingRefused(op: string): string {
  return `grouping not allowed for ${op} aggregation: group by an aggregation around it`
}

/** A number before the operand: literals are operands too, but only where no comma follows. */
function parseParameter(cursor: Cursor, op: string, wanted: boolean, start: number): number | undefined {
  const given = cursor.token.kind === 'number' && cursor.next.text === ','
  if (!wanted) {
    if (given)
      cursor.fail(
        cursor.token.start,
        RANGE_OPS.has(op as RangeOp)
          ? `parameter ${cursor.token.text} not supported for operation ${op}: it takes none`
          : `unsupported parameter for operation ${op}(${cursor.token.text}, …): it takes none`,
      )
    return undefined
  }
  if (given) {
    const { value } = cursor.take()
    cursor.expect(',')
    return value
  }
  if (cursor.token.kind === 'number' || cursor.is('-') || cursor.is('+')) return cursor.unexpected(['NUMBER'])
  return cursor.fail(start, `parameter required for operation ${op}: write ${op}(<number>, …)`)
}
