import type { Aggregation, AggregationOp, Grouping } from '../ast.ts'
import type { Cursor } from './cursor.ts'
import { parseLabelList } from './labels.ts'
import { parseArguments } from './operand.ts'
import { AGGREGATIONS } from './words.ts'

/** `sum by (a) (x)` or `sum(x) by (a)`; of some, `topk(3, x)`. */
export function parseAggregation(cursor: Cursor, op: AggregationOp): Aggregation {
  const { start } = cursor.take()
  const before = parseGrouping(cursor)
  const args = parseArguments(cursor, 'aggregation')
  const grouping = before ?? parseGrouping(cursor)
  const wanted = AGGREGATIONS.get(op) === 'none' ? 1 : 2
  if (args.length === 0) cursor.fail(start, 'no arguments for aggregate expression provided')
  if (args.length !== wanted)
    cursor.fail(
      start,
      `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
    )
  const [parameter, operand] = wanted === 1 ? [undefined, args[0]!] : [args[0]!, args[1]!]
  return { kind: 'aggregation', op, parameter, operand, grouping, start, end: cursor.lastEnd }
}

function parseGrouping(cursor: Cursor): Grouping | undefined {
  if (!cursor.is('by') && !cursor.is('without')) return undefined
  const without = cursor.take().word === 'without'
  return { without, labels: parseLabelList(cursor) }
}
