import { bind, type Fragment, join, sql } from '../../sql/fragment.ts'
import type { Source } from '../../sql/source.ts'

/** Rows of one gateway in the order of their receipt: `from` (with it) to `to` (without it). */
export type SeqRange = { readonly gatewayId: string; readonly from: bigint; readonly to: bigint }

/**
 * Which rows a query means by when they were received: how the tail joins what is stored with what it follows, so that no
 * row is told twice and none is missed (docs/adr/0016-tail-hub.md).
 */
export type SeqBounds =
  /** Only rows of these ranges. */
  | { readonly within: ReadonlyArray<SeqRange> }
  /** Rows of these gateways below `below`, those of all other gateways below `otherwise`. */
  | { readonly before: ReadonlyMap<string, bigint>; readonly otherwise: bigint }

const number = (value: bigint): Fragment => bind('UInt64', String(value))

export function seqConditions(logs: Source, bounds: SeqBounds | undefined): Fragment[] {
  if (bounds === undefined) return []
  const gateway = logs.column('GatewayId')
  const seq = logs.column('Seq')
  if ('within' in bounds) {
    const ranges = bounds.within.map(
      ({ gatewayId, from, to }) =>
        sql`(${gateway} = ${bind('String', gatewayId)} AND ${seq} >= ${number(from)} AND ${seq} < ${number(to)})`,
    )
    return [ranges.length === 0 ? sql`0` : join(ranges, ' OR ')]
  }
  const { before, otherwise } = bounds
  const known = [...before].map(
    ([gatewayId, below]) => sql`(${gateway} = ${bind('String', gatewayId)} AND ${seq} < ${number(below)})`,
  )
  const others = sql`(${gateway} NOT IN ${bind('Array(String)', [...before.keys()])} AND ${seq} < ${number(otherwise)})`
  return [join([...known, others], ' OR ')]
}
