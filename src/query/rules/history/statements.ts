import { afterPosition, type RowPosition, rowOrder } from '../../pages/row-order.ts'
import type { TimeRange } from '../../parameters/range.ts'
import { instant } from '../../sql/conditions.ts'
import { type Fragment, type Statement, sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import type { Source } from '../../sql/source.ts'

type Time = 'Timestamp' | 'TimeUnix'

function within(rows: Source, time: Time, { start, end }: TimeRange): Fragment[] {
  return [sql`${rows.column(time)} >= ${instant(start)}`, sql`${rows.column(time)} < ${instant(end)}`]
}

/** How many rows of the range there are, as text. */
export function rowCount(
  rows: Source,
  tenantId: string,
  range: TimeRange,
  time: Time = 'Timestamp',
): Statement {
  return select({
    from: rows,
    tenantId,
    columns: { rows: sql`toString(count())` },
    where: within(rows, time, range),
    limit: 1,
  })
}

export type RowPage = {
  readonly tenantId: string
  readonly range: TimeRange
  readonly after: RowPosition | undefined
  readonly rows: number
}

/** The next rows of the range, oldest first. */
export function rowPage(
  from: Source,
  columns: Readonly<Record<string, Fragment>>,
  { tenantId, range, after, rows }: RowPage,
  time: Time = 'Timestamp',
): Statement {
  return select({
    from,
    tenantId,
    columns,
    where: [...within(from, time, range), ...afterPosition(from, 'forward', after, time)],
    orderBy: rowOrder(from, 'forward', time),
    limit: rows,
  })
}
