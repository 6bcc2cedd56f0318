import type { QueryStats } from '../execute/types.ts'

/**
 * What a query did, in Loki's shape: `bytes` and `lines` processed are what ClickHouse read, whether it matched or not.
 * `weir` says what Loki has no word for, above all where each part of the query ran.
 */
export function lokiStats(stats: QueryStats) {
  const { rowsRead, bytesRead, execTimeMs, entriesReturned, linesReturned } = stats
  const seconds = execTimeMs / 1000
  const perSecond = (count: number): number => (seconds > 0 ? Math.round(count / seconds) : 0)
  return {
    summary: {
      bytesProcessedPerSecond: perSecond(bytesRead),
      linesProcessedPerSecond: perSecond(rowsRead),
      totalBytesProcessed: bytesRead,
      totalLinesProcessed: rowsRead,
      execTime: seconds,
      queueTime: 0,
      subqueries: 0,
      totalEntriesReturned: entriesReturned,
      splits: 0,
      shards: 0,
      totalPostFilterLines: linesReturned,
      totalStructuredMetadataBytesProcessed: 0,
    },
    querier: {},
    ingester: {},
    cache: {},
    weir: { statements: stats.statements, streams: stats.streams, plan: stats.plan },
  }
}
