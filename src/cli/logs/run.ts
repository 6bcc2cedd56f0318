import { doorOf } from '../door.ts'
import { CommandError, EXIT, wrong } from '../exit-code.ts'
import type { ReadContext, ReadOptions } from '../read-command.ts'
import { startOfSince } from '../since.ts'
import { fetchLogs, type LogsRequest, type ShownLine } from './fetch.ts'
import { FORMATS, type Format, type Formatter, formatterOf } from './formats.ts'
import { Progress } from './progress.ts'

/** As commander reads them. */
export type LogsOptions = ReadOptions & {
  readonly since?: string
  readonly from?: string
  readonly to?: string
  readonly limit: string
  readonly forward?: boolean
}

const LIMIT_MAX = 1_000_000_000
/** Lines that are written at once. */
const WRITTEN_AT_ONCE = 100

function startOf({ since, from, to }: LogsOptions, nowMs: number): string | undefined {
  if (since === undefined) return from
  if (from !== undefined || to !== undefined)
    throw wrong('--since stands alone: it is the time up to now. Give --from and --to, or --since.')
  return startOfSince(since, nowMs)
}

function requestOf(query: string | undefined, options: LogsOptions, nowMs: number): LogsRequest {
  const limit = /^\d{1,10}$/.test(options.limit) ? Number(options.limit) : 0
  if (limit < 1 || limit > LIMIT_MAX)
    throw wrong(`--limit ${options.limit} is out of range: expected a whole number from 1 to ${LIMIT_MAX}.`)
  return {
    query,
    start: startOf(options, nowMs),
    end: options.to,
    direction: options.forward ? 'forward' : 'backward',
    limit,
  }
}

function formatOf({ output }: LogsOptions): Format {
  const format = FORMATS.find((known) => known === output)
  if (format === undefined) throw wrong(`-o ${output} is no format: expected ${FORMATS.join(', ')}.`)
  return format
}

async function write(
  lines: AsyncIterable<ShownLine>,
  formatter: Formatter,
  { terminal, signal, nowMs }: ReadContext,
): Promise<void> {
  const progress = new Progress(terminal, nowMs)
  let waiting: ShownLine[] = []
  let count = 0
  const flush = async (): Promise<void> => {
    const text = formatter(waiting)
    waiting = []
    if (text !== '' && !signal.aborted) await terminal.out(text)
  }
  try {
    for await (const line of lines) {
      waiting.push(line)
      count++
      if (waiting.length < WRITTEN_AT_ONCE) continue
      progress.report(count, line.record.timestamp)
      await flush()
    }
  } finally {
    progress.end()
    // What has come is shown, also when the rest does not come.
    if (waiting.length > 0) await flush()
  }
}

/** `weir logs`. Resolves with the exit code; nothing is thrown that a person should read. */
export async function runLogs(
  query: string | undefined,
  options: LogsOptions,
  context: ReadContext,
): Promise<number> {
  const { terminal, signal, nowMs } = context
  try {
    const request = requestOf(query, options, nowMs())
    const formatter = formatterOf({ format: formatOf(options), colored: options.color, query }, terminal)
    await write(fetchLogs(doorOf(options), request, signal), formatter, context)
    return EXIT.done
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted
    if (!(error instanceof CommandError)) throw error
    terminal.error(`${error.message}\n`)
    return error.exitCode
  }
}
