import { doorOf } from '../door.ts'
import { CommandError, EXIT, wrong } from '../exit-code.ts'
import type { ShownLine } from '../logs/fetch.ts'
import { type Formatter, formatterOf } from '../logs/formats.ts'
import type { ReadContext, ReadOptions } from '../read-command.ts'
import { startOfSince } from '../since.ts'
import type { Terminal } from '../terminal.ts'
import type { TailFrame, TailLine } from './frames.ts'
import { type Backoff, readTail } from './session.ts'

/** As commander reads them. */
export type TailOptions = ReadOptions & {
  readonly since?: string
  readonly limit?: string
  readonly hideDropped?: boolean
}

export type TailContext = ReadContext & {
  readonly backoffMs?: Backoff
}

/** A table has its widths from all its lines; a tail has no last one. */
export const TAIL_FORMATS = ['default', 'json', 'raw'] as const
type TailFormat = (typeof TAIL_FORMATS)[number]

function formatOf({ output }: TailOptions): TailFormat {
  const format = TAIL_FORMATS.find((known) => known === output)
  if (format === undefined) throw wrong(`-o ${output} is no format: expected ${TAIL_FORMATS.join(', ')}.`)
  return format
}

/** What is shown of a tail. */
class Screen {
  readonly #terminal: Terminal
  readonly #format: Formatter
  readonly #signal: AbortSignal
  #isCut = false

  constructor(terminal: Terminal, format: Formatter, signal: AbortSignal) {
    this.#terminal = terminal
    this.#format = format
    this.#signal = signal
  }

  async take(frame: TailFrame): Promise<void> {
    if (frame.type === 'hello') this.#connected()
    else if (frame.type === 'gap')
      this.note(`lines may be missing from ${frame.from} to ${frame.to}: ${frame.reason}`)
    else if (frame.type === 'drop')
      this.note(
        `${frame.lines} lines were dropped from ${frame.from} to ${frame.to}: this terminal was too slow.`,
      )
    else if (frame.type === 'lines' || frame.type === 'backfill') await this.#show(frame.lines)
    else if (frame.type === 'pod')
      this.note(`${frame.namespace}/${frame.pod} (${frame.container}) has ${frame.event}`)
    else if (frame.type === 'source') this.note(frame.problem ?? `cluster "${frame.cluster}" answers again`)
  }

  cut(reason: string): void {
    this.#isCut = true
    this.note(`${reason} Connects again.`)
  }

  #connected(): void {
    if (this.#isCut) this.note('Connected again.')
    this.#isCut = false
  }

  note(text: string): void {
    this.#terminal.error(`-- ${text}\n`)
  }

  async #show(lines: ReadonlyArray<TailLine>): Promise<void> {
    const shown = lines.map((record): ShownLine => ({ kind: 'record', record, text: JSON.stringify(record) }))
    if (shown.length > 0 && !this.#signal.aborted) await this.#terminal.out(this.#format(shown))
  }
}

/** `weir tail`. Resolves with the exit code; nothing is thrown that a person should read. */
export async function runTail(query: string, options: TailOptions, context: TailContext): Promise<number> {
  const { terminal, signal, nowMs, backoffMs } = context
  try {
    const door = doorOf(options)
    const start = options.since === undefined ? undefined : startOfSince(options.since, nowMs())
    const format = formatterOf({ format: formatOf(options), colored: options.color, query }, terminal)
    const screen = new Screen(terminal, format, signal)
    const asked = {
      query,
      start,
      limit: options.limit,
      dropped: options.hideDropped === true ? 'hide' : undefined,
    }
    const reader = {
      frame: (frame: TailFrame) => screen.take(frame),
      cut: (reason: string) => screen.cut(reason),
    }
    await readTail(door, asked, reader, signal, backoffMs)
    return EXIT.interrupted
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted
    if (!(error instanceof CommandError)) throw error
    terminal.error(`${error.message}\n`)
    return error.exitCode
  }
}
