import { JSON_TYPE } from '../http/media-type.ts'
import type { ApiResponse, TenantRequest } from '../route.ts'
import type { Page } from './page.ts'

export const NDJSON_TYPE = 'application/x-ndjson'
/**
 * A page as JSON is held until it is complete, so that its status tells of every error: as many as there are query
 * slots, in the memory that ingest needs.
 */
export const JSON_PAGE_BYTES_MAX = 16 * 1024 * 1024

/** How a page is told: as JSON `{…head, [list]: […], …tail}`, as NDJSON a record a line and `tail` as the last. */
export type PageAnswer<Position> = {
  readonly head?: Readonly<Record<string, string>>
  readonly list: string
  page(bytesMax: number): Page<Position>
  /** `next`: where the next page starts. */
  tail(next: Position | undefined): Readonly<Record<string, string | boolean | null>>
}

function wantsNdjson(accept = ''): boolean {
  return accept.split(',').some((type) => type.split(';')[0]!.trim().toLowerCase() === NDJSON_TYPE)
}

/** Sent chunk by chunk: one text of them all, and its bytes, would be the page twice more. */
async function* inPieces(
  beginning: string,
  chunks: ReadonlyArray<string>,
  end: string,
): AsyncGenerator<string, void, undefined> {
  let before = beginning
  for (const chunk of chunks) {
    yield before + chunk
    before = ','
  }
  yield end
}

async function asJson<Position>(
  { head = {}, list, tail }: PageAnswer<Position>,
  page: Page<Position>,
): Promise<ApiResponse> {
  const chunks: string[] = []
  let step = await page.next()
  for (; !step.done; step = await page.next()) chunks.push(step.value.join(','))
  const beginning = JSON.stringify({ ...head, [list]: [] }).slice(0, -']}'.length)
  const end = `],${JSON.stringify(tail(step.value)).slice('{'.length)}\n`
  const body = chunks.length > 1 ? inPieces(beginning, chunks, end) : `${beginning}${chunks.join()}${end}`
  return { status: 200, contentType: JSON_TYPE, body }
}

/**
 * Lines as they come; the last is the tail, or the error that cut the page short. The first chunk is awaited
 * before the answer begins, so that most errors still have their own status.
 */
async function asNdjson<Position>(
  { tail }: PageAnswer<Position>,
  page: Page<Position>,
  request: TenantRequest,
): Promise<ApiResponse> {
  const first = await page.next()
  async function* lines(): AsyncGenerator<string, void, undefined> {
    try {
      let step = first
      for (; !step.done; step = await page.next()) yield `${step.value.join('\n')}\n`
      yield `${JSON.stringify(tail(step.value))}\n`
    } catch (error) {
      yield `${JSON.stringify(request.report(error))}\n`
    } finally {
      await page.return(undefined)
    }
  }
  return { status: 200, contentType: NDJSON_TYPE, body: lines() }
}

/** The page in the form that the request accepts. */
export function answerPage<Position>(
  request: TenantRequest,
  answer: PageAnswer<Position>,
): Promise<ApiResponse> {
  const { resultBytesMax } = request.limits
  return wantsNdjson(request.header('accept'))
    ? asNdjson(answer, answer.page(resultBytesMax), request)
    : asJson(answer, answer.page(Math.min(resultBytesMax, JSON_PAGE_BYTES_MAX)))
}
