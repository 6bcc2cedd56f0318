import { compilePipeline } from '../../logql/pipeline/pipeline.ts'
import { printSelector, printStage } from '../../logql/print.ts'
import type { Query } from './query.ts'
import { StoredEntry } from './rows.ts'
import { narrowed } from './selection.ts'
import { seqConditions } from './seq-bounds.ts'
import type { Entry, LogsQuery, LogsResult } from './types.ts'

/** A log query: ClickHouse applies what it can of the pipeline as conditions, the evaluator runs all of it over what comes. */
export function runLogs(query: Query, asked: LogsQuery, pushdown: boolean): LogsResult {
  return {
    stats: () => query.meter.stats(),
    [Symbol.asyncIterator]: () => entries(query, asked, pushdown),
  }
}

async function* entries(
  query: Query,
  { expr, startNs, endNs, direction, limit, after, received, ofResource, keep, withRow = false }: LogsQuery,
  pushdown: boolean,
): AsyncGenerator<ReadonlyArray<Entry>, void, undefined> {
  if (endNs <= startNs || limit === 0) return
  const selection = narrowed(await query.select(expr.selector, startNs, endNs - 1n), ofResource)
  const { conditions: pushed, exactStages, few } = query.pushed(pushdown ? expr.stages : [], selection)
  query.plan({
    query: [printSelector(expr.selector), ...expr.stages.map(printStage)].join(' '),
    where: exactStages === expr.stages.length ? 'sql' : 'evaluator',
    stagesInSql: exactStages,
    stages: expr.stages.length,
  })
  const conditions = [...pushed, ...seqConditions(query.store.logs, received)]
  const { state, process } = compilePipeline(expr.stages)
  let left = limit ?? Number.POSITIVE_INFINITY
  const wanted = (): number | undefined => (limit === undefined ? undefined : left)
  const columns = { whole: withRow, sourceTime: keep !== undefined }
  const rows = { selection, startNs, endNs, direction, after, conditions, few, columns, wanted }
  for await (const records of query.records(rows)) {
    const kept: Entry[] = []
    for (const record of records) {
      if ((keep !== undefined && !keep(record)) || !process(record)) continue
      kept.push(new StoredEntry(state.entry(), record, withRow))
      if (kept.length === left) break
    }
    left -= kept.length
    query.meter.entriesReturned += kept.length
    if (kept.length > 0) yield kept
    if (left === 0) return
  }
}
