import { type Door, headersOf, urlOf } from '../door.ts'
import { CommandError, EXIT } from '../exit-code.ts'
import { type AnswerLine, readAnswerLine } from './record.ts'

export type LogsRequest = {
  readonly query: string | undefined
  readonly start: string | undefined
  readonly end: string | undefined
  readonly direction: 'forward' | 'backward'
  /** Records altogether. */
  readonly limit: number
}

export type ShownLine = Extract<AnswerLine, { kind: 'record' }>

/** Records of one request; the gateway's own bound is `query.limitMax`, 10,000 by default. */
const PAGE_RECORDS = 1000
const LINE_CHARACTERS_MAX = 256 * 1024 * 1024

function pageUrl(door: Door, request: LogsRequest, limit: number, cursor: string | undefined): URL {
  const url = urlOf(door, 'api/v1/logs')
  const { query, start, end, direction } = request
  const given = { query, start, end, direction, limit: String(limit), cursor }
  for (const [name, value] of Object.entries(given))
    if (value !== undefined) url.searchParams.set(name, value)
  return url
}

/** Why a request was refused, in the gateway's words. */
async function refusal(response: Response): Promise<CommandError> {
  const text = await response.text()
  const line = readAnswerLine(text)
  const reason =
    line?.kind === 'error' ? `${line.message} (request id ${line.requestId})` : 'that is no gateway of Weir.'
  const exitCode = response.status >= 500 || response.status === 429 ? EXIT.failed : EXIT.refused
  return new CommandError(exitCode, `${response.status}: ${reason}`)
}

async function ask(door: Door, url: URL, signal: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { headers: { ...headersOf(door), accept: 'application/x-ndjson' }, signal })
  } catch (error) {
    signal.throwIfAborted()
    const { cause } = error as { cause?: { code?: string } }
    throw new CommandError(
      EXIT.failed,
      `${door.address} does not answer (${cause?.code ?? 'no connection'}): is the gateway running, and is the address right?`,
    )
  }
  if (response.status !== 200) throw await refusal(response)
  return response
}

/** The lines of a body, as they come. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop()!
    yield* lines
    if (rest.length > LINE_CHARACTERS_MAX) break
  }
  if (rest !== '') yield rest
}

const CUT_OFF = 'The answer was cut off: what is shown is not all there is.'

async function* readAnswer(
  response: Response,
  signal: AbortSignal,
): AsyncGenerator<AnswerLine, void, undefined> {
  try {
    for await (const text of linesOf(response.body!)) {
      const line = readAnswerLine(text)
      if (line === undefined)
        throw new CommandError(EXIT.failed, 'The answer holds something that is no record.')
      yield line
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof CommandError ? error : new CommandError(EXIT.failed, CUT_OFF)
  }
}

/**
 * The records of a request, page after page, until the limit or their end. Throws {@link CommandError}, or the signal's
 * reason.
 */
export async function* fetchLogs(
  door: Door,
  request: LogsRequest,
  signal: AbortSignal,
): AsyncGenerator<ShownLine, void, undefined> {
  let left = request.limit
  let cursor: string | null | undefined
  while (left > 0 && cursor !== null) {
    const url = pageUrl(door, request, Math.min(left, PAGE_RECORDS), cursor)
    cursor = undefined
    for await (const line of readAnswer(await ask(door, url, signal), signal)) {
      if (line.kind === 'error')
        throw new CommandError(EXIT.failed, `${line.message} (request id ${line.requestId})`)
      if (line.kind === 'end') cursor = line.nextCursor
      else {
        left--
        yield line
      }
    }
    if (cursor === undefined) throw new CommandError(EXIT.failed, CUT_OFF)
  }
}
