import type { Door } from '../../door.ts'
import { fetchLogs } from '../../logs/fetch.ts'
import type { History } from './stored.ts'

const LINES_MAX = 100_000_000

/** Stored lines from `GET /api/v1/logs`. */
export function nativeHistory(door: Door, query: string): History {
  return async function* read(fromNs, toNs, signal) {
    const request = {
      query,
      start: String(fromNs),
      end: String(toNs),
      direction: 'forward',
      limit: LINES_MAX,
    } as const
    for await (const { record } of fetchLogs(door, request, signal)) yield record.body
  }
}
