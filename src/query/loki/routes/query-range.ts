import { z } from 'zod'
import type { LogExpr, MetricExpr } from '../../logql/ast.ts'
import { type LogEntry, timeNs } from '../../logql/record.ts'
import type { Direction } from '../../pages/row-order.ts'
import type { ApiResponse, Route, TenantsRequest } from '../../route.ts'
import type { LogsResult } from '../execute/types.ts'
import { countField, directionField, durationField, logqlField, timeField } from '../parameters/fields.ts'
import { readQuery } from '../parameters/query.ts'
import { readLokiParameters } from '../parameters/read.ts'
import { HOUR_NS, stepOf, type Window, windowOf } from '../parameters/window.ts'
import { resultResponse } from '../response/envelope.ts'
import { matrixJson } from '../response/samples.ts'
import { queryRangeAnswer } from '../response/schemas.ts'
import { StreamGroups } from '../response/stream-groups.ts'
import { type LokiParts, lokiRoute, runOf } from './route.ts'

const FLAGS_HEADER = 'x-loki-response-encoding-flags'
const CATEGORIZE = 'categorize-labels'
/** Held by one request until it is answered, as many requests as there are query slots, in the memory that ingest needs. */
const HELD_CHARACTERS_MAX = 32 * 1024 * 1024

type Given = {
  readonly window: Window
  readonly direction: Direction
  readonly limit: number
  /** Nanoseconds between the entries that are wanted. */
  readonly interval: bigint | undefined
}

function wantsCategories(request: TenantsRequest): boolean {
  const flags = request.header(FLAGS_HEADER) ?? ''
  return flags.split(',').some((flag) => flag.trim() === CATEGORIZE)
}

/** Entries at least `interval` apart, in the order of the answer; all of them without one. */
function* thinned(
  entries: ReadonlyArray<LogEntry>,
  interval: bigint | undefined,
  last: { ns: bigint | undefined },
): Generator<LogEntry, void, undefined> {
  for (const entry of entries) {
    if (interval !== undefined) {
      const ns = timeNs(entry)
      const apart = last.ns === undefined ? interval : ns > last.ns ? ns - last.ns : last.ns - ns
      if (apart < interval) continue
      last.ns = ns
    }
    yield entry
  }
}

async function collect(result: LogsResult, { limit, interval }: Given, groups: StreamGroups): Promise<void> {
  const last = { ns: undefined }
  let left = limit
  for await (const entries of result)
    for (const entry of thinned(entries, interval, last)) {
      groups.add(entry)
      left--
      if (left === 0) return
    }
}

/** `/loki/api/v1/query_range`: log lines, or a metric query at the steps of a range. */
export function queryRangeRoute({ executor, limits, nowMs }: LokiParts): Route {
  const parameters = z.object({
    query: logqlField(),
    start: timeField('First moment; default: an hour before the end, or `since` before it'),
    end: timeField('End, not included for log lines; default: now'),
    since: durationField('Length of the range, where start is not given'),
    step: durationField('Distance of the points of a metric query'),
    interval: durationField('Log lines at least this far apart'),
    limit: countField('Log lines', {
      max: limits.limitMax,
      otherwise: Math.min(limits.limitDefault, limits.limitMax),
      config: 'query.limitMax',
    }),
    direction: directionField(),
  })
  const doc = { summary: 'Log lines, or a metric query over a range', parameters, answer: queryRangeAnswer }

  async function lines(expr: LogExpr, given: Given, request: TenantsRequest): Promise<ApiResponse> {
    const { window, direction, limit, interval } = given
    const categorize = wantsCategories(request)
    const charactersMax = Math.min(HELD_CHARACTERS_MAX, request.limits.resultBytesMax)
    const groups = new StreamGroups({ categorize, charactersMax })
    // With an interval, how many lines it takes is not known beforehand.
    const wanted = interval === undefined ? limit : undefined
    const query = { tenantIds: request.tenantIds, expr, ...window, direction, limit: wanted }
    const result = executor.runLogs(query, runOf(request))
    await collect(result, given, groups)
    return resultResponse({
      resultType: 'streams',
      ...(categorize ? { encodingFlags: [CATEGORIZE] } : {}),
      parts: groups.json(),
      stats: result.stats(),
    })
  }

  async function points(
    expr: MetricExpr,
    window: Window,
    stepNs: bigint,
    request: TenantsRequest,
  ): Promise<ApiResponse> {
    const query = { tenantIds: request.tenantIds, expr, ...window, stepNs }
    const { value, stats } = await executor.runRange(query, runOf(request))
    return resultResponse({ ...matrixJson(value, { startNs: window.startNs, stepNs }), stats })
  }

  return lokiRoute('/query_range', doc, async (request) => {
    const given = readLokiParameters(parameters, await request.form())
    const expr = readQuery(given.query)
    const window = windowOf(given, nowMs(), HOUR_NS)
    const { direction, limit, interval } = given
    if (expr.kind === 'log') return lines(expr, { window, direction, limit, interval }, request)
    return points(expr, window, stepOf(window, given.step), request)
  })
}
