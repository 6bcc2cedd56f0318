import type { LogExpr } from './ast.ts'
import type { LogBatch } from './metrics/source.ts'
import { compilePipeline, compileSelector } from './pipeline/pipeline.ts'
import type { Labels, LogEntry } from './record.ts'

/**
 * The entries that a log query keeps, in the order in which the records come: the source decides about direction, and about
 * the order of equal times. At most `limit`; the source is left as soon as they are there.
 */
export async function evaluateLogs(
  expr: LogExpr,
  batches: AsyncIterable<LogBatch> | Iterable<LogBatch>,
  limit: number,
): Promise<LogEntry[]> {
  const selects = compileSelector(expr.selector)
  const { state, process } = compilePipeline(expr.stages)
  const known = new WeakMap<Labels, boolean>()
  const entries: LogEntry[] = []
  if (limit <= 0) return entries
  for await (const batch of batches)
    for (const record of batch) {
      let selected = known.get(record.stream)
      if (selected === undefined) {
        selected = selects(record.stream)
        known.set(record.stream, selected)
      }
      if (!selected || !process(record)) continue
      entries.push(state.entry())
      if (entries.length === limit) return entries
    }
  return entries
}
