import type { AggregationOp } from '../ast.ts'

/** What an aggregation takes before its operand. */
export const AGGREGATIONS: ReadonlyMap<string, 'none' | 'scalar' | 'string'> = new Map<
  AggregationOp,
  'none' | 'scalar' | 'string'
>([
  ['sum', 'none'],
  ['avg', 'none'],
  ['min', 'none'],
  ['max', 'none'],
  ['count', 'none'],
  ['group', 'none'],
  ['stddev', 'none'],
  ['stdvar', 'none'],
  ['topk', 'scalar'],
  ['bottomk', 'scalar'],
  ['limitk', 'scalar'],
  ['limit_ratio', 'scalar'],
  ['quantile', 'scalar'],
  ['count_values', 'string'],
])

export function isAggregation(word: string): word is AggregationOp {
  return AGGREGATIONS.has(word)
}

export const OPERATOR_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'atan2'])

/** Keywords that are no operators; some of them may be names of metrics. */
export const PLAIN_WORDS: ReadonlySet<string> = new Set(
  'offset by without on ignoring group_left group_right bool'.split(' '),
)

/** Keywords that are never the name of a metric. */
export const NEVER_NAMES: ReadonlySet<string> = new Set(
  'on ignoring group_left group_right bool atan2 inf nan'.split(' '),
)
