import { compilePipeline } from '../../logql/pipeline/pipeline.ts'
import { printSelector, printStage } from '../../logql/print.ts'
import type { PushedStages } from './pushdown/stages.ts'
import type { Query } from './query.ts'
import { StoredEntry } from './rows.ts'
import { narrowed, type Selection } from './selection.ts'
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
  asked: LogsQuery,
  pushdown: boolean,
): AsyncGenerator<ReadonlyArray<Entry>, void, undefined> {
  const { expr, startNs, endNs, direction, limit, after, received, keep, withRow = false } = asked
  if (endNs <= startNs || limit === 0) return
  const { selection, pushed } = await chosen(query, asked, pushdown)
  const { exactStages, few } = pushed
  query.plan({
    query: [printSelector(expr.selector), ...expr.stages.map(printStage)].join(' '),
    where: exactStages === expr.stages.length ? 'sql' : 'evaluator',
    stagesInSql: exactStages,
    stages: expr.stages.length,
  })
  const conditions = [...pushed.conditions, ...seqConditions(query.store.logs, received)]
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

type Chosen = { readonly selection: Selection; readonly pushed: PushedStages }

/** Before the rows, unless an index finds them by what they hold. */
async function chosen(
  query: Query,
  { expr, startNs, endNs, ofResource }: LogsQuery,
  pushdown: boolean,
): Promise<Chosen> {
  const stages = pushdown ? expr.stages : []
  // What a filter on labels means in SQL depends on the resources.
  if (ofResource === undefined && stages.every(({ kind }) => kind !== 'label-filter')) {
    const found = query.found(expr.selector, startNs, endNs - 1n)
    const pushed = query.pushed(stages, found)
    if (pushed.few) return { selection: found, pushed }
  }
  const selection = narrowed(await query.select(expr.selector, startNs, endNs - 1n), ofResource)
  return { selection, pushed: query.pushed(stages, selection) }
}
