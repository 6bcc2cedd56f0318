import { labelsJson } from '../labels-json.ts'
import type { LogExpr } from '../logql/ast.ts'
import type { Labels } from '../logql/record.ts'
import type { Entry, LokiExecutor, QueryRun } from '../loki/execute/types.ts'
import type { Page, PageBounds } from '../pages/page.ts'
import type { Direction, RowPosition } from '../pages/row-order.ts'
import type { TimeRange } from '../parameters/range.ts'
import { PageResources } from '../records/resources.ts'
import type { LogsStore } from './page.ts'
import { recordOf } from './record.ts'

export type QueryPage = {
  readonly tenantId: string
  readonly expr: LogExpr
  readonly direction: Direction
  readonly range: TimeRange
  /** The record before the page; undefined for the first page. */
  readonly after: RowPosition | undefined
}

/** Labels that stages of the query made. */
const parsedJson = (parsed: Labels): string => (parsed.size === 0 ? '' : `,"parsed":${labelsJson(parsed)}`)

/** A record with its line as the query left it, its labels, and its resource. */
function lineOf(entry: Entry, resources: PageResources): string {
  const row = entry.row!
  const isChanged = entry.line !== row.body
  const record = recordOf(isChanged ? { ...row, body: entry.line, bodyType: 's' } : row)
  const labels = `,"labels":${labelsJson(entry.stream)}${parsedJson(entry.parsed)}}`
  return resources.lineOf(row, record).slice(0, -1) + labels
}

/**
 * One page of a log query: as `readPage`, in the same order, and the next page starts where this one ended. The executor
 * reads slice by slice, and holds no connection while the client takes what it has got.
 */
export async function* readQueryPage(
  { executor, store }: { readonly executor: LokiExecutor; readonly store: LogsStore },
  { tenantId, expr, direction, range, after }: QueryPage,
  { limit, bytesMax }: PageBounds,
  run: QueryRun,
): Page<RowPosition> {
  const resources = new PageResources(store.queries, store.resources, tenantId, run)
  // One entry more than wanted: it alone says that more follow.
  const entries = executor.runLogs(
    {
      tenantIds: [tenantId],
      expr,
      startNs: range.start,
      endNs: range.end,
      direction,
      limit: limit + 1,
      after,
      withRow: true,
    },
    run,
  )
  let left = limit
  let bytes = 0
  let last: RowPosition | undefined
  for await (const batch of entries) {
    await resources.learn(batch.map(({ row }) => row!))
    let lines: string[] = []
    for (const entry of batch) {
      if (left === 0 || bytes >= bytesMax) {
        if (lines.length > 0) yield lines
        return last
      }
      const line = lineOf(entry, resources)
      lines.push(line)
      bytes += Buffer.byteLength(line)
      left--
      last = entry.position
      if (lines.length < LINES_AT_ONCE) continue
      yield lines
      lines = []
    }
    if (lines.length > 0) yield lines
  }
  return undefined
}

const LINES_AT_ONCE = 200
