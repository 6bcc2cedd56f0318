import { z } from 'zod'
import { readParameters } from '../../http/parameters.ts'
import { rangeParameters } from '../../parameters/fields.ts'
import { rangeOf } from '../../parameters/range.ts'
import { json, type Route } from '../../route.ts'
import { formatNanos } from '../../time.ts'
import { rowsParameter } from '../parameters.ts'
import { type CardinalityStoreOptions, cardinalityStore } from '../store.ts'
import { SENDERS, sendersStatement, totalsStatement } from './statements.ts'

/** The parameters of `GET /api/v1/cardinality/logs`. */
export const logsCardinalityParameters = z.object({
  ...rangeParameters,
  by: z
    .enum(SENDERS, { error: `is none of ${SENDERS.join(', ')}` })
    .default('service')
    .describe('What senders are told apart by, or the attributes of records'),
  limit: rowsParameter('of them'),
})

const count = z.int().nonnegative()
const sender = z.strictObject({ value: z.string(), rows: count, bytes: count, values: count.optional() })
const answer = z.strictObject({
  start: z.string(),
  end: z.string(),
  rows: count,
  bytes: count,
  by: z.enum(SENDERS),
  top: z.array(sender),
})
type Sent = z.output<typeof sender>

/** `GET /api/v1/cardinality/logs`: who sends most logs, or which of their attributes take most (docs/api.md). */
export function logsCardinalityRoute(
  options: CardinalityStoreOptions & { readonly nowMs: () => number },
): Route {
  const { logs, queries } = cardinalityStore(options)
  return {
    path: '/api/v1/cardinality/logs',
    methods: ['GET'],
    access: 'tenant',
    doc: { summary: 'Who sends most logs', parameters: logsCardinalityParameters, answer },
    async handle(request) {
      const { by, limit, start, end } = readParameters(logsCardinalityParameters, request.query)
      const range = rangeOf({ start, end }, options.nowMs())
      const query = { tenantId: request.tenantId, range }
      const [totals] = await queries.rows<Pick<Sent, 'rows' | 'bytes'>>(totalsStatement(logs, query), request)
      const top = await queries.rows<Sent>(sendersStatement(logs, query, by, limit), request)
      return json({
        start: formatNanos(String(range.start)),
        end: formatNanos(String(range.end)),
        rows: totals?.rows ?? 0,
        bytes: totals?.bytes ?? 0,
        by,
        top: top.map(({ value, rows, bytes, values }) => ({
          ...{ value, rows, bytes },
          ...(values === undefined ? {} : { values }),
        })),
      })
    },
  }
}
