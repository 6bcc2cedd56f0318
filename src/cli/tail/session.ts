import { hash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Door } from '../door.ts'
import { CommandError, EXIT } from '../exit-code.ts'
import { follow } from './connection.ts'
import type { TailFrame, TailLine } from './frames.ts'

export type Backoff = { readonly first: number; readonly most: number }

export const BACKOFF_MS: Backoff = { first: 500, most: 15_000 }
/** Lines that are remembered since the last token: more than a gateway sends without one. */
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
  /** A connection has ended; another one follows. A gateway may be away for hours: the same reason is told once. */
  readonly cut: (reason: string) => void
}

/** What makes two lines the same, whoever tells them: the kubelet and the store have different places for one. */
function identityOf({ namespace, pod, container, timestamp, body }: TailLine): string {
  // Collectors cut white space off the end of a line.
  return hash('sha1', JSON.stringify([namespace, pod, container, timestamp, body.trimEnd()]), 'base64')
}

/** Lines by their identity, as often as they came; bounded. */
class Bag {
  readonly #counts = new Map<string, number>()

  add(identity: string, count = 1): void {
    if (this.#counts.size < SEEN_MAX) this.#counts.set(identity, (this.#counts.get(identity) ?? 0) + count)
  }

  /** False: there is none. */
  take(identity: string): boolean {
    const count = this.#counts.get(identity)
    if (count === undefined) return false
    if (count === 1) this.#counts.delete(identity)
    else this.#counts.set(identity, count - 1)
    return true
  }

  addAll(other: Bag): void {
    for (const [identity, count] of other.#counts) this.add(identity, count)
  }

  clear(): void {
    this.#counts.clear()
  }
}

/**
 * How far a tail was read. What came after the last token comes again after a cut: as often as it came before, it is left out.
 * Not by its place, which a gateway gives anew to a container's lines when it starts.
 */
class Position {
  resume: string | undefined
  /** The tail has begun on this connection. */
  isFed = false
  readonly #sinceToken = new Bag()
  /** Came over earlier connections, after their tokens. */
  readonly #again = new Bag()

  connect(): void {
    this.isFed = false
    this.#again.addAll(this.#sinceToken)
    this.#sinceToken.clear()
  }

  /** The frame with what is new of it. */
  take(frame: TailFrame): TailFrame {
    // Who is sent away hears why in a frame too.
    if (frame.type !== 'end') this.isFed = true
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

  #isNew(line: TailLine): boolean {
    const identity = identityOf(line)
    this.#sinceToken.add(identity)
    return !this.#again.take(identity)
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
  let told: string | undefined
  for (let waitMs = backoffMs.first; !signal.aborted; waitMs = Math.min(waitMs * 2, backoffMs.most)) {
    const { resume } = position
    const parameters = resume === undefined ? asked : { query, dropped, resume }
    position.connect()
    const take = (frame: TailFrame): Promise<void> => reader.frame(position.take(frame))
    const { again, reason } = await follow(door, parameters, take, signal)
    if (signal.aborted) return
    if (!again) throw new CommandError(EXIT.refused, reason)
    // Who never got in hears so; who was cut off comes back.
    if (position.resume === undefined && !position.isFed) throw new CommandError(EXIT.failed, reason)
    if (position.isFed) {
      waitMs = backoffMs.first
      told = undefined
    }
    if (reason !== told) reader.cut(reason)
    told = reason
    await delay(waitMs, undefined, { signal }).catch(() => undefined)
  }
}
