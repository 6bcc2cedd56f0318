import { setTimeout as delay } from 'node:timers/promises'
import { parseLokiDuration } from '../../query/loki/parameters/time.ts'
import { CommandError, EXIT } from '../exit-code.ts'
import type { Door, ShownLine } from '../logs/fetch.ts'
import { type Formatter, formatterOf } from '../logs/formats.ts'
import type { ReadContext, ReadOptions } from '../read-command.ts'
import type { Terminal } from '../terminal.ts'
import { follow } from './connection.ts'
import type { TailFrame, TailLine } from './frames.ts'

/** As commander reads them. */
export type TailOptions = ReadOptions & {
  readonly since?: string
  readonly limit?: string
  readonly hideDropped?: boolean
}

export type TailContext = ReadContext & {
  readonly backoffMs?: { readonly first: number; readonly most: number }
}

/** A table has its widths from all its lines; a tail has no last one. */
export const TAIL_FORMATS = ['default', 'json', 'raw'] as const
type TailFormat = (typeof TAIL_FORMATS)[number]

const BACKOFF_MS = { first: 500, most: 15_000 }
/** Places that are remembered since the last token: more than a gateway sends without one. */
const SEEN_MAX = 100_000

function wrong(message: string): CommandError {
  return new CommandError(EXIT.refused, message)
}

function startOf({ since }: TailOptions, nowMs: number): string | undefined {
  if (since === undefined) return undefined
  const ns = parseLokiDuration(since)
  if (typeof ns !== 'bigint') throw wrong(`--since ${since} ${ns.problem}.`)
  const nowNs = BigInt(nowMs) * 1_000_000n
  return String(nowNs > ns ? nowNs - ns : 0n)
}

function formatOf({ output }: TailOptions): TailFormat {
  const format = TAIL_FORMATS.find((known) => known === output)
  if (format === undefined) throw wrong(`-o ${output} is no format: expected ${TAIL_FORMATS.join(', ')}.`)
  return format
}

function doorOf({ address, token, tenant }: TailOptions): Door {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    throw wrong(`--address ${address} is no address: expected one such as http://127.0.0.1:3100.`)
  return { address, token, tenant }
}

/** What is shown, and how far: lines that come again after a cut are told by their place. */
class Screen {
  resume: string | undefined
  /** Something came over this connection. */
  isFed = false
  readonly #terminal: Terminal
  readonly #format: Formatter
  readonly #signal: AbortSignal
  readonly #sinceToken = new Set<string>()

  constructor(terminal: Terminal, format: Formatter, signal: AbortSignal) {
    this.#terminal = terminal
    this.#format = format
    this.#signal = signal
  }

  async take(frame: TailFrame): Promise<void> {
    this.isFed = true
    if (frame.type === 'gap')
      this.note(`lines may be missing from ${frame.from} to ${frame.to}: ${frame.reason}`)
    else if (frame.type === 'drop')
      this.note(
        `${frame.lines} lines were dropped from ${frame.from} to ${frame.to}: this terminal was too slow.`,
      )
    else if (frame.type === 'lines' || frame.type === 'backfill') await this.#show(frame.lines)
    else if (frame.type === 'pod')
      this.note(`${frame.namespace}/${frame.pod} (${frame.container}) has ${frame.event}`)
    else if (frame.type === 'source') this.note(frame.problem ?? `cluster "${frame.cluster}" answers again`)
    if ((frame.type !== 'lines' && frame.type !== 'heartbeat') || frame.resume === undefined) return
    this.resume = frame.resume
    this.#sinceToken.clear()
  }

  note(text: string): void {
    this.#terminal.error(`-- ${text}\n`)
  }

  async #show(lines: ReadonlyArray<TailLine>): Promise<void> {
    const shown: ShownLine[] = []
    for (const line of lines) {
      const place = `${line.lane} ${line.seq}`
      if (this.#sinceToken.has(place)) continue
      if (this.#sinceToken.size < SEEN_MAX) this.#sinceToken.add(place)
      shown.push({ kind: 'record', record: line, text: JSON.stringify(line) })
    }
    if (shown.length > 0 && !this.#signal.aborted) await this.#terminal.out(this.#format(shown))
  }
}

/** `weir tail`. Resolves with the exit code; nothing is thrown that a person should read. */
export async function runTail(query: string, options: TailOptions, context: TailContext): Promise<number> {
  const { terminal, signal, nowMs, backoffMs = BACKOFF_MS } = context
  try {
    const door = doorOf(options)
    const start = startOf(options, nowMs())
    const screen = new Screen(terminal, formatterOf(formatOf(options), options.color, terminal), signal)
    for (let waitMs = backoffMs.first; ; waitMs = Math.min(waitMs * 2, backoffMs.most)) {
      const from = screen.resume === undefined ? { start, limit: options.limit } : { resume: screen.resume }
      screen.isFed = false
      const asked = { query, ...from, dropped: options.hideDropped === true ? 'hide' : undefined }
      const { again, reason } = await follow(door, asked, (frame) => screen.take(frame), signal)
      if (signal.aborted) return EXIT.interrupted
      if (!again) throw new CommandError(EXIT.refused, reason)
      // Who never got in hears so; who was cut off comes back.
      if (screen.resume === undefined && !screen.isFed) throw new CommandError(EXIT.failed, reason)
      if (screen.isFed) waitMs = backoffMs.first
      screen.note(`${reason} Connects again.`)
      await delay(waitMs, undefined, { signal })
    }
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted
    if (!(error instanceof CommandError)) throw error
    terminal.error(`${error.message}\n`)
    return error.exitCode
  }
}
