import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { JSON_TYPE } from '../http/media-type.ts'
import { readParameters } from '../http/parameters.ts'
import type { QueryRun } from '../loki/execute/types.ts'
import { readPage } from '../pages/page.ts'
import type { Direction, RowPosition } from '../pages/row-order.ts'
import { PageResources } from '../records/resources.ts'
import type { Route } from '../route.ts'
import { bind, sql } from '../sql/fragment.ts'
import { NANOS_MAX, type Nanos } from '../time.ts'
import { type LogsStore, logPages } from './page.ts'
import { type LogRow, pageStatement } from './page-statement.ts'
import { recordOf } from './record.ts'
import { contextSchema } from './schemas.ts'

const RECORDS_DEFAULT = 10
const RECORDS_MAX = 1000
const BYTES_MAX = 8 * 1024 * 1024
/** How far from the record is looked: what a pod wrote on another day explains nothing. */
const REACH: Nanos = 24n * 3_600_000_000_000n
const UINT64_MAX = 2n ** 64n - 1n

const unsigned = (meaning: string, max: bigint) =>
  z
    .string({ error: 'is missing: give it as it stands in the record' })
    .regex(/^\d{1,20}$/, 'is no whole number: give it as it stands in the record')
    .transform(BigInt)
    .refine((value) => value <= max, 'is too large: give it as it stands in the record')
    .describe(meaning)

const records = (meaning: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `is out of range: expected a whole number from 0 to ${RECORDS_MAX}`)
    .transform(Number)
    .refine(
      (count) => count <= RECORDS_MAX,
      `is out of range: expected a whole number from 0 to ${RECORDS_MAX}`,
    )
    .default(RECORDS_DEFAULT)
    .describe(`${meaning}, 0 to ${RECORDS_MAX}`)

const contextParameters = z.object({
  timestampNs: unsigned('Of the record', NANOS_MAX),
  seq: unsigned('Of the record', UINT64_MAX),
  gatewayId: z
    .string({ error: 'is missing: give it as it stands in the record' })
    .max(256, 'is longer than any gateway id')
    .describe('Of the record'),
  before: records('Records before it'),
  after: records('Records after it'),
})

/** The record at a position, if the tenant has it. */
async function recordAt(
  store: LogsStore,
  tenantId: string,
  { timestamp, seq, gatewayId }: RowPosition,
  run: QueryRun,
): Promise<LogRow | undefined> {
  const statement = pageStatement(store.logs, {
    tenantId,
    filter: {},
    direction: 'forward',
    range: { start: timestamp, end: timestamp + 1n },
    after: undefined,
    rows: 1,
    only: [
      sql`${store.logs.column('Seq')} = ${bind('UInt64', seq)}`,
      sql`${store.logs.column('GatewayId')} = ${bind('String', gatewayId)}`,
    ],
  })
  return (await store.queries.rows<LogRow>(statement, run))[0]
}

/** JSON of records of the same resource beside a position, in the order in which they are read. */
async function beside(
  store: LogsStore,
  tenantId: string,
  { row, at, direction }: { readonly row: LogRow; readonly at: RowPosition; readonly direction: Direction },
  limit: number,
  run: QueryRun,
): Promise<string[]> {
  if (limit === 0) return []
  const { timestamp } = at
  const range =
    direction === 'backward'
      ? { start: timestamp > REACH ? timestamp - REACH : 0n, end: timestamp + 1n }
      : { start: timestamp, end: timestamp < NANOS_MAX - REACH ? timestamp + REACH : NANOS_MAX }
  const query = {
    tenantId,
    // The primary key has the app.
    filter: { app: row.app },
    only: [sql`${store.logs.column('ResourceFingerprint')} = ${bind('UInt64', row.fingerprint)}`],
    direction,
    range,
  }
  const bounds = { limit, bytesMax: BYTES_MAX }
  const lines: string[] = []
  for await (const chunk of readPage(store.queries, logPages(store, query, run), at, bounds, run))
    lines.push(...chunk)
  return lines
}

/** `GET /api/v1/logs/context`: what the same resource wrote before and after a record. */
export function contextRoute(store: LogsStore): Route {
  return {
    path: '/api/v1/logs/context',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary: 'Records of the same resource around a record',
      parameters: contextParameters,
      answer: contextSchema,
    },
    async handle(request) {
      const { tenantId, query } = request
      const { timestampNs, before, after, ...rest } = readParameters(contextParameters, query)
      const at = { timestamp: timestampNs, ...rest }
      const row = await recordAt(store, tenantId, at, request)
      if (row === undefined)
        throw new ApiError(
          'not_found',
          'There is no such record: its retention may have ended since it was read.',
        )
      const resources = new PageResources(store.queries, store.resources, tenantId, request)
      await resources.learn([row])
      const earlier = await beside(store, tenantId, { row, at, direction: 'backward' }, before, request)
      const later = await beside(store, tenantId, { row, at, direction: 'forward' }, after, request)
      const lists = { before: earlier.reverse().join(','), after: later.join(',') }
      const body = `{"before":[${lists.before}],"record":${resources.lineOf(row, recordOf(row))},"after":[${lists.after}]}\n`
      return { status: 200, contentType: JSON_TYPE, body }
    },
  }
}
