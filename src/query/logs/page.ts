import type { PageSource } from '../pages/page.ts'
import { positionOf, type RowPosition } from '../pages/row-order.ts'
import { PageResources } from '../records/resources.ts'
import type { Queries, Run } from '../sql/queries.ts'
import type { Source } from '../sql/source.ts'
import { type LogRow, type PageQuery, pageStatement } from './page-statement.ts'
import { recordOf } from './record.ts'

export type LogsStore = {
  readonly queries: Queries
  readonly logs: Source
  readonly resources: Source
}

/** Pages of the log records that a query asks for. */
export function logPages(
  { queries, logs, resources }: LogsStore,
  query: Omit<PageQuery, 'rows' | 'after'>,
  run: Run,
): PageSource<LogRow, RowPosition> {
  const known = new PageResources(queries, resources, query.tenantId, run)
  return {
    statement: (after, rows) => pageStatement(logs, { ...query, after, rows }),
    positionOf,
    sizeOf: ({ body, values }) => values.reduce((size, value) => size + value.length, 512 + body.length),
    learn: (rows) => known.learn(rows),
    lineOf: (row) => known.lineOf(row, recordOf(row)),
  }
}
