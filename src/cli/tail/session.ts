import { setTimeout as delay } from 'node:timers/promises'
import { CommandError, EXIT } from '../exit-code.ts'
import type { Door } from '../logs/fetch.ts'
import { follow } from './connection.ts'
import type { TailFrame, TailLine } from './frames.ts'

export type Backoff = { readonly first: number; readonly most: number }

export const BACKOFF_MS: Backoff = { first: 500, most: 15_000 }
/** Places that are remembered since the last token: more than a gateway sends without one. */
const SEEN_MAX = 100_000

/** Parameters of `WS /api/v1/tail` but `resume`. */
export type Asked = {
  readonly query: string
  readonly start?: string | undefined
  readonly limit?: string | undefined
  readonly dropped?: string | undefined
}

/** Who reads a tail. */
export type TailReader = {
  /** Of `lines` and `backfill` frames only lines that did not come before are handed on. */
  readonly frame: (frame: TailFrame) => Promise<void>
  /** A connection has ended; another one follows. */
  readonly cut: (reason: string) => void
}

/** How far a tail was read: lines that come again after a cut are told by their place. */
class Position {
  resume: string | undefined
  /** Something came over this connection. */
  isFed = false
  readonly #sinceToken = new Set<string>()

  /** The frame with what is new of it. */
  take(frame: TailFrame): TailFrame {
    this.isFed = true
    if (frame.type !== 'lines' && frame.type !== 'backfill') {
      if (frame.type === 'heartbeat') this.#reached(frame.resume)
      return frame
    }
    const lines = frame.lines.filter((line) => this.#isNew(line))
    if (frame.type === 'lines' && frame.resume !== undefined) this.#reached(frame.resume)
    return lines.length === frame.lines.length ? frame : { ...frame, lines }
  }

  #reached(resume: string): void {
    this.resume = resume
    this.#sinceToken.clear()
  }

  #isNew({ lane, seq }: TailLine): boolean {
    const place = `${lane} ${seq}`
    if (this.#sinceToken.has(place)) return false
    if (this.#sinceToken.size < SEEN_MAX) this.#sinceToken.add(place)
    return true
  }
}

/**
 * Reads a tail until the signal aborts, over as many connections as it takes. Throws {@link CommandError} if it is refused, or
 * was never let in.
 */
export async function readTail(
  door: Door,
  asked: Asked,
  reader: TailReader,
  signal: AbortSignal,
  backoffMs: Backoff = BACKOFF_MS,
): Promise<void> {
  const position = new Position()
  const { query, dropped } = asked
  for (let waitMs = backoffMs.first; !signal.aborted; waitMs = Math.min(waitMs * 2, backoffMs.most)) {
    const { resume } = position
    const parameters = resume === undefined ? asked : { query, dropped, resume }
    position.isFed = false
    const take = (frame: TailFrame): Promise<void> => reader.frame(position.take(frame))
    const { again, reason } = await follow(door, parameters, take, signal)
    if (signal.aborted) return
    if (!again) throw new CommandError(EXIT.refused, reason)
    // Who never got in hears so; who was cut off comes back.
    if (position.resume === undefined && !position.isFed) throw new CommandError(EXIT.failed, reason)
    if (position.isFed) waitMs = backoffMs.first
    reader.cut(reason)
    await delay(waitMs, undefined, { signal }).catch(() => undefined)
  }
}
