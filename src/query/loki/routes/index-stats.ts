import { z } from 'zod'
import type { Selector } from '../../logql/ast.ts'
import type { Route, TenantsRequest } from '../../route.ts'
import type { LokiExecutor } from '../execute/types.ts'
import { durationField, selectorField, timeField } from '../parameters/fields.ts'
import { readSelector } from '../parameters/query.ts'
import { readLokiParameters } from '../parameters/read.ts'
import { HOUR_NS, type Window, windowOf } from '../parameters/window.ts'
import { bareResponse } from '../response/envelope.ts'
import { indexStatsAnswer } from '../response/schemas.ts'
import { type LokiParts, lokiRoute, runOf } from './route.ts'
import { countingQuery } from './volumes.ts'

const parameters = z.object({
  query: selectorField().default('{}'),
  start: timeField('First moment; default: an hour before the end'),
  end: timeField('End, not included; default: now'),
  since: durationField('Length of the range, where start is not given'),
})

async function total(
  executor: LokiExecutor,
  op: 'count_over_time' | 'bytes_over_time',
  selector: Selector,
  { startNs, endNs }: Window,
  request: TenantsRequest,
): Promise<number> {
  const expr = countingQuery({ op, selector, rangeNs: endNs - startNs, by: [] })
  // A window has its end and not its start; a range of the API is the other way round.
  const query = { tenantIds: request.tenantIds, expr, timeNs: endNs - 1n }
  const { value } = await executor.runInstant(query, runOf(request))
  return value.kind === 'vector' ? (value.samples[0]?.value ?? 0) : value.value
}

/**
 * `/loki/api/v1/index/stats`: what a selector means, for Grafana's hint of what a query would read. Entries and bytes (of
 * lines) are counted, not estimated; a stream counts as one chunk, since there are no chunks.
 */
export function indexStatsRoute({ executor, nowMs }: LokiParts): Route {
  const doc = { summary: 'Streams, entries and bytes of a selector', parameters, answer: indexStatsAnswer }
  return lokiRoute('/index/stats', doc, async (request) => {
    const given = readLokiParameters(parameters, await request.form())
    const selector = readSelector(given.query)
    const window = windowOf(given, nowMs(), HOUR_NS)
    if (window.startNs === window.endNs) return bareResponse({ streams: 0, chunks: 0, bytes: 0, entries: 0 })
    const { tenantIds } = request
    const { matchers } = selector
    const streams = await executor.streams({ tenantIds, matchers, ...window }, runOf(request))
    const entries = await total(executor, 'count_over_time', selector, window, request)
    const bytes = entries === 0 ? 0 : await total(executor, 'bytes_over_time', selector, window, request)
    const count = entries === 0 ? 0 : streams.length
    return bareResponse({ streams: count, chunks: count, bytes, entries })
  })
}
