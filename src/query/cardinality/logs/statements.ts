import type { TimeRange } from '../../parameters/range.ts'
import { instant } from '../../sql/conditions.ts'
import { type Fragment, type Statement, sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import type { Source } from '../../sql/source.ts'

/** What senders of logs can be told apart by: columns of the logs. */
const COLUMNS = {
  service: 'ServiceName',
  app: 'AppId',
  namespace: 'Namespace',
  pod: 'Pod',
  container: 'Container',
} as const
export const SENDERS = ['service', 'app', 'namespace', 'pod', 'container', 'attribute'] as const
export type Sender = (typeof SENDERS)[number]

export type LogsQuery = { readonly tenantId: string; readonly range: TimeRange }

const lengths = (texts: Fragment): Fragment => sql`arraySum(text -> length(text), ${texts})`

/** Of a record, as text: its body and its attributes. */
function recordBytes(logs: Source): Fragment {
  const attributes = logs.column('LogAttributes')
  return sql`length(${logs.column('Body')}) + ${lengths(sql`mapKeys(${attributes})`)} + ${lengths(sql`mapValues(${attributes})`)}`
}

function within(logs: Source, { range }: LogsQuery): Fragment[] {
  const time = logs.column('Timestamp')
  return [sql`${time} >= ${instant(range.start)}`, sql`${time} < ${instant(range.end)}`]
}

/** All records of the range. */
export function totalsStatement(logs: Source, query: LogsQuery): Statement {
  return select({
    from: logs,
    tenantId: query.tenantId,
    columns: { rows: sql`toFloat64(count())`, bytes: sql`toFloat64(sum(${recordBytes(logs)}))` },
    where: within(logs, query),
    limit: 1,
  })
}

/** Who sent most, by bytes. Of an attribute: the bytes of its key and values, and how many different values it has. */
export function sendersStatement(logs: Source, query: LogsQuery, by: Sender, limit: number): Statement {
  const top = {
    where: within(logs, query),
    groupBy: [sql`value`],
    orderBy: [sql`bytes DESC`, sql`value`],
    limit,
  }
  if (by !== 'attribute')
    return select({
      ...{ from: logs, tenantId: query.tenantId, ...top },
      columns: {
        value: logs.column(COLUMNS[by]),
        rows: sql`toFloat64(count())`,
        bytes: sql`toFloat64(sum(${recordBytes(logs)}))`,
      },
    })
  const attributes = logs.column('LogAttributes')
  return select({
    ...{ from: logs, tenantId: query.tenantId, ...top },
    columns: {
      value: sql`arrayJoin(mapKeys(${attributes}))`,
      rows: sql`toFloat64(count())`,
      bytes: sql`toFloat64(sum(length(value) + length(${attributes}[value])))`,
      values: sql`toFloat64(uniq(${attributes}[value]))`,
    },
  })
}
