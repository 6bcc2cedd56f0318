import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import { readLenientParameters } from '../../http/parameters.ts'
import { boundedText, NAME_LENGTH_MAX, parsed } from '../../parameters/fields.ts'
import { rangeOf, type TimeRange } from '../../parameters/range.ts'
import type { Route, TenantsRequest } from '../../route.ts'
import { ofTenants } from '../../sql/select.ts'
import { SPAN_KINDS } from '../../traces/words.ts'
import { LOOKBACK_DEFAULT_NS } from '../parameters/search.ts'
import { dataResponse } from '../response/envelope.ts'
import { namesAnswer, operationsAnswer } from '../response/schemas.ts'
import { shownService } from '../service-name.ts'
import { type OperationRow, operationsStatement, type ServiceRow, servicesStatement } from '../statements.ts'
import { type JaegerParts, jaegerRoute } from './route.ts'

/** Names have no range in Jaeger: they are those of the last two days. */
function recently(nowMs: number): TimeRange {
  const { end } = rangeOf({ start: 0n, end: undefined }, nowMs)
  return { start: end - LOOKBACK_DEFAULT_NS, end }
}

/** `/jaeger/api/services`, which is also Grafana's health check. */
export function servicesRoute({ store, nowMs }: JaegerParts): Route {
  const doc = { summary: 'Services with spans', answer: namesAnswer }
  return jaegerRoute('/services', doc, async (request) => {
    const asked = { tenantId: ofTenants(request.tenantIds), range: recently(nowMs()) }
    const rows = await store.queries.rows<ServiceRow>(servicesStatement(store.spans, asked), request)
    return dataResponse([...new Set(rows.map(({ service }) => shownService(service)))].sort())
  })
}

function operationsOf(
  { store, nowMs }: JaegerParts,
  request: TenantsRequest,
  service: string,
  kind?: number,
): Promise<OperationRow[]> {
  const asked = { tenantId: ofTenants(request.tenantIds), range: recently(nowMs()), service, kind }
  return store.queries.rows<OperationRow>(operationsStatement(store.spans, asked), request)
}

/** `/jaeger/api/services/{service}/operations`: names alone. */
export function serviceOperationsRoute(parts: JaegerParts): Route {
  const doc = {
    summary: 'Names of spans of a service',
    segments: { service: 'The service' },
    answer: namesAnswer,
  }
  return jaegerRoute('/services/{service}/operations', doc, async (request) => {
    const rows = await operationsOf(parts, request, request.path.service!)
    return dataResponse([...new Set(rows.map(({ name }) => name))])
  })
}

const kindOf = (text: string) => {
  const kind = SPAN_KINDS.indexOf(text.toLowerCase())
  return kind >= 0 ? kind : { problem: `is no kind of span: expected ${SPAN_KINDS.join(', ')}` }
}

/** `/jaeger/api/operations`: names with their kinds. */
export function operationsRoute(parts: JaegerParts): Route {
  const parameters = z.object({
    service: boundedText(NAME_LENGTH_MAX).optional().describe('The service; needed'),
    spanKind: parsed(kindOf)
      .optional()
      .describe(`Of this kind only: ${SPAN_KINDS.slice(1).join(', ')}`),
  })
  const doc = { summary: 'Names and kinds of spans of a service', parameters, answer: operationsAnswer }
  return jaegerRoute('/operations', doc, async (request) => {
    const { service, spanKind } = readLenientParameters(parameters, request.query)
    if (service === undefined)
      throw new ApiError(
        'invalid_parameter',
        "parameter 'service' is required: name one of /jaeger/api/services.",
      )
    const rows = await operationsOf(parts, request, service, spanKind)
    return dataResponse(
      rows.map(({ name, kind }) => ({
        name,
        spanKind: kind === 0 ? '' : (SPAN_KINDS[kind] ?? String(kind)),
      })),
    )
  })
}
