import type { Config } from '../../config/schema.ts'
import type { Database } from '../../store/database.ts'
import type { ApiResponse, Route, TenantRequest } from '../route.ts'
import { JSON_TYPE } from '../route.ts'
import { createQueries } from '../sql/queries.ts'
import { type DeclaredTable, source } from '../sql/source.ts'
import { decodeCursor, encodeCursor, type Position } from './cursor.ts'
import { type LogsStore, type Page, readPage } from './page.ts'
import {
  type LogsParameters,
  logsParameters,
  rangeOf,
  readLogsParameters,
  type TimeRange,
} from './parameters.ts'

export const NDJSON_TYPE = 'application/x-ndjson'
/**
 * A page as JSON is held until it is complete, so that its status tells of every error: as many as there are query
 * slots, in the memory that ingest needs.
 */
const JSON_PAGE_BYTES_MAX = 16 * 1024 * 1024

export type LogsRouteOptions = {
  readonly reader: Database
  readonly tables: { readonly logs: DeclaredTable; readonly resources: DeclaredTable }
  readonly limits: Config['query']
  readonly nowMs: () => number
}

function wantsNdjson(accept = ''): boolean {
  return accept.split(',').some((type) => type.split(';')[0]!.trim().toLowerCase() === NDJSON_TYPE)
}

/** Where a request's page begins: its cursor's place, or the start of its range. */
function beginningOf(
  parameters: LogsParameters,
  tenantId: string,
  nowMs: number,
): { range: TimeRange; after: Position | undefined } {
  const { cursor } = parameters
  return cursor === undefined
    ? { range: rangeOf(parameters, nowMs), after: undefined }
    : decodeCursor(tenantId, { ...parameters, cursor })
}

async function asJson(
  page: Page,
  cursorOf: (next: Position | undefined) => string | null,
): Promise<ApiResponse> {
  const chunks: string[] = []
  let step = await page.next()
  for (; !step.done; step = await page.next()) chunks.push(step.value.join(','))
  const end = `],"nextCursor":${JSON.stringify(cursorOf(step.value))}}\n`
  const body = chunks.length > 1 ? inPieces(chunks, end) : `${BEGINNING}${chunks.join()}${end}`
  return { status: 200, contentType: JSON_TYPE, body }
}

const BEGINNING = '{"records":['

/** Sent chunk by chunk: one text of them all, and its bytes, would be the page twice more. */
async function* inPieces(
  chunks: ReadonlyArray<string>,
  end: string,
): AsyncGenerator<string, void, undefined> {
  let before = BEGINNING
  for (const chunk of chunks) {
    yield before + chunk
    before = ','
  }
  yield end
}

/**
 * Lines as they come; the last is the cursor, or the error that cut the page short. The first chunk is awaited
 * before the answer begins, so that most errors still have their own status.
 */
async function asNdjson(
  page: Page,
  cursorOf: (next: Position | undefined) => string | null,
  request: TenantRequest,
): Promise<ApiResponse> {
  const first = await page.next()
  async function* lines(): AsyncGenerator<string, void, undefined> {
    try {
      let step = first
      for (; !step.done; step = await page.next()) yield `${step.value.join('\n')}\n`
      yield `${JSON.stringify({ nextCursor: cursorOf(step.value) })}\n`
    } catch (error) {
      yield `${JSON.stringify(request.report(error))}\n`
    } finally {
      await page.return(undefined)
    }
  }
  return { status: 200, contentType: NDJSON_TYPE, body: lines() }
}

/** `GET /api/v1/logs`: stored log records of a tenant, in pages (docs/api.md). */
export function logsRoute({ reader, tables, limits: common, nowMs }: LogsRouteOptions): Route {
  const schema = logsParameters(common)
  const store: LogsStore = {
    queries: createQueries(reader, common),
    logs: source(reader.name, tables.logs),
    resources: source(reader.name, tables.resources),
  }
  return {
    path: '/api/v1/logs',
    methods: ['GET'],
    access: 'tenant',
    async handle(request) {
      const { tenantId, requestId, signal, limits, span } = request
      const parameters = readLogsParameters(schema, request.query)
      const { filter, direction, limit } = parameters
      const { range, after } = beginningOf(parameters, tenantId, nowMs())
      const inLines = wantsNdjson(request.header('accept'))
      const { resultBytesMax } = limits
      const bytesMax = inLines ? resultBytesMax : Math.min(resultBytesMax, JSON_PAGE_BYTES_MAX)
      const page = readPage(
        store,
        { tenantId, filter, direction, range, after },
        { limit, bytesMax },
        { requestId, signal, limits, span },
      )
      const cursorOf = (next: Position | undefined): string | null =>
        next === undefined ? null : encodeCursor(tenantId, parameters, { range, after: next })
      return inLines ? asNdjson(page, cursorOf, request) : asJson(page, cursorOf)
    },
  }
}
