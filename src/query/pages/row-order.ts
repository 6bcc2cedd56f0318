import { instant, nanosText } from '../sql/conditions.ts'
import { bind, type Fragment, sql } from '../sql/fragment.ts'
import type { Source } from '../sql/source.ts'
import type { Nanos } from '../time.ts'

/**
 * The total order of the rows of a signal: (Timestamp, Seq, GatewayId). Where thousands share a nanosecond, none is
 * lost or told twice between pages.
 */
export type RowPosition = { readonly timestamp: Nanos; readonly seq: bigint; readonly gatewayId: string }

export type Direction = 'backward' | 'forward'

/** What a row says of its place, as ClickHouse sends it: 64-bit numbers as text. */
export type PlacedRow = { readonly time: string; readonly seq: string; readonly gatewayId: string }

/** The column of a row's time; those of data points have another name. */
type TimeColumn = 'Timestamp' | 'TimeUnix'

export function orderColumns(
  rows: Source,
  time: TimeColumn = 'Timestamp',
): Readonly<Record<keyof PlacedRow, Fragment>> {
  return {
    time: nanosText(rows.column(time)),
    seq: sql`toString(${rows.column('Seq')})`,
    gatewayId: rows.column('GatewayId'),
  }
}

export function positionOf({ time, seq, gatewayId }: PlacedRow): RowPosition {
  return { timestamp: BigInt(time), seq: BigInt(seq), gatewayId }
}

export function rowOrder(rows: Source, direction: Direction, time: TimeColumn = 'Timestamp'): Fragment[] {
  return [time, 'Seq', 'GatewayId'].map((name) =>
    direction === 'backward' ? sql`${rows.column(name)} DESC` : rows.column(name),
  )
}

/** The time alone is compared first, in a conjunct of its own: the primary key prunes by it. */
export function afterPosition(
  rows: Source,
  direction: Direction,
  position: RowPosition | undefined,
  timeColumn: TimeColumn = 'Timestamp',
): Fragment[] {
  if (position === undefined) return []
  const { timestamp, seq, gatewayId } = position
  const time = rows.column(timeColumn)
  const at = instant(timestamp)
  const seqColumn = rows.column('Seq')
  const gateway = rows.column('GatewayId')
  const seqValue = bind('UInt64', String(seq))
  const gatewayValue = bind('String', gatewayId)
  return direction === 'backward'
    ? [
        sql`${time} <= ${at}`,
        sql`${time} < ${at} OR ${seqColumn} < ${seqValue} OR (${seqColumn} = ${seqValue} AND ${gateway} < ${gatewayValue})`,
      ]
    : [
        sql`${time} >= ${at}`,
        sql`${time} > ${at} OR ${seqColumn} > ${seqValue} OR (${seqColumn} = ${seqValue} AND ${gateway} > ${gatewayValue})`,
      ]
}
