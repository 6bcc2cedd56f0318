import type { TimeRange } from '../parameters/range.ts'
import { instant } from '../sql/conditions.ts'
import { type Statement, sql } from '../sql/fragment.ts'
import { isOneText, select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'

/** Sums of the ledger, as ClickHouse sends them: 64-bit numbers as text. */
export type LedgerSum = {
  readonly signal: string
  readonly kind: 'received' | 'dropped' | 'dry_run'
  readonly reason: string
  readonly rule: string
  readonly ruleId: string
  readonly records: string
  readonly bytes: string
}

/** Rules of all processors that were ever in force in the range, per signal. */
const ROWS_MAX = 100_000

/** What was received, dropped by each rule, and would have been dropped by those under `dryRun`. */
export function ledgerStatement(ledger: Source, tenantId: string, { start, end }: TimeRange): Statement {
  const { column } = ledger
  const groups = {
    signal: column('Signal'),
    kind: column('Kind'),
    reason: column('Reason'),
    ruleId: column('RuleId'),
  }
  return select({
    from: ledger,
    tenantId,
    columns: {
      ...groups,
      // A rule that moved stands where it stood last.
      rule: sql`argMax(${column('Rule')}, ${column('Time')})`,
      records: sql`toString(sum(${column('Records')}))`,
      bytes: sql`toString(sum(${column('Bytes')}))`,
    },
    where: [
      isOneText(column('Kind'), ['received', 'dropped', 'dry_run']),
      sql`${column('Time')} >= ${instant(start)}`,
      sql`${column('Time')} < ${instant(end)}`,
    ],
    groupBy: Object.values(groups),
    limit: ROWS_MAX,
  })
}
