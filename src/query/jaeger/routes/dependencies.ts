import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import { readLenientParameters } from '../../http/parameters.ts'
import { rangeOf } from '../../parameters/range.ts'
import type { Route } from '../../route.ts'
import { ofTenants } from '../../sql/select.ts'
import { millisField } from '../parameters/fields.ts'
import { dataResponse } from '../response/envelope.ts'
import { dependenciesAnswer } from '../response/schemas.ts'
import { shownService } from '../service-name.ts'
import { countStatement, dependenciesStatement, type EdgeRow } from '../statements.ts'
import { type JaegerParts, jaegerRoute } from './route.ts'

const LOOKBACK_DEFAULT_NS = 86_400_000_000_000n
/**
 * Spans that are looked at: both ends of each are held in ClickHouse while they are matched, some 200 bytes. With more in the
 * range, whole traces are left out and the calls of the others are multiplied.
 */
const SPANS_MAX = 500_000

const parameters = z.object({
  endTs: millisField('End of the range; default: now'),
  lookback: millisField('Length of the range; default: a day'),
})

/** `/jaeger/api/dependencies`: which service calls which, counted from the spans. */
export function dependenciesRoute({ store, nowMs }: JaegerParts): Route {
  const doc = { summary: 'Calls between services', parameters, answer: dependenciesAnswer }
  return jaegerRoute('/dependencies', doc, async (request) => {
    const { endTs, lookback = LOOKBACK_DEFAULT_NS } = readLenientParameters(parameters, request.query)
    if (lookback === 0n) throw new ApiError('invalid_parameter', 'lookback is 0: ask for some milliseconds.')
    const { end } = rangeOf({ start: 0n, end: endTs }, nowMs())
    const range = { start: end > lookback ? end - lookback : 0n, end }
    const asked = { tenantId: ofTenants(request.tenantIds), range }
    const [counted] = await store.queries.rows<{ spans: string }>(countStatement(store.spans, asked), request)
    const shares = Math.max(1, Math.ceil(Number(counted?.spans ?? 0) / SPANS_MAX))
    const statement = dependenciesStatement(store.spans, { ...asked, shares })
    const edges = await store.queries.rows<EdgeRow>(statement, request)
    return dataResponse(
      edges.map(({ parent, child, calls }) => ({
        parent: shownService(parent),
        child: shownService(child),
        callCount: Number(calls) * shares,
      })),
    )
  })
}
