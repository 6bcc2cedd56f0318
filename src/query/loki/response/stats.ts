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

/** Of an answer that asked nobody. */
export const NO_STATS: QueryStats = {
  rowsRead: 0,
  bytesRead: 0,
  statements: 0,
  streams: 0,
  linesReturned: 0,
  lineBytesReturned: 0,
  entriesReturned: 0,
  execTimeMs: 0,
  plan: [],
}

/** Of an answer made of several queries. */
export function addStats(a: QueryStats, b: QueryStats): QueryStats {
  return {
    rowsRead: a.rowsRead + b.rowsRead,
    bytesRead: a.bytesRead + b.bytesRead,
    statements: a.statements + b.statements,
    streams: Math.max(a.streams, b.streams),
    linesReturned: a.linesReturned + b.linesReturned,
    lineBytesReturned: a.lineBytesReturned + b.lineBytesReturned,
    entriesReturned: a.entriesReturned + b.entriesReturned,
    execTimeMs: a.execTimeMs + b.execTimeMs,
    plan: [...a.plan, ...b.plan],
  }
}
