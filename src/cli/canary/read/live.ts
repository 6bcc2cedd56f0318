import { parseTime } from '../../../query/time.ts'
import type { Door } from '../../door.ts'
import type { TailFrame } from '../../tail/frames.ts'
import { type Backoff, readTail } from '../../tail/session.ts'
import { nowNs } from '../clock.ts'
import type { Ledger } from '../ledger/ledger.ts'

export type LiveOptions = {
  readonly door: Door
  readonly query: string
  /** Stored lines since then first; undefined: from now on. */
  readonly startNs: bigint | undefined
  readonly ledger: Ledger
  /** Something that a person may want to know. */
  readonly note: (text: string) => void
  /** The tail is up: every line that is written from now on is live. */
  readonly ready: () => void
  readonly backoffMs?: Backoff | undefined
}

function nsOf(time: string): bigint {
  const ns = parseTime(time)
  if (typeof ns !== 'bigint') throw new Error(`BUG: a frame with the time ${time}`)
  return ns
}

/** Reads the tail into the ledger until the signal aborts. Throws `CommandError` if it is refused. */
export function readLive(options: LiveOptions, signal: AbortSignal): Promise<void> {
  const { door, query, startNs, ledger, note, ready, backoffMs } = options
  const take = (frame: TailFrame): void => {
    if (frame.type === 'hello') ledger.connected()
    // The first one follows what was stored: nothing is on its way that is older.
    else if (frame.type === 'heartbeat') ready()
    else if (frame.type === 'gap') {
      ledger.announce(nsOf(frame.from), nsOf(frame.to))
      note(`gap from ${frame.from} to ${frame.to}: ${frame.reason}`)
    } else if (frame.type === 'drop') {
      ledger.announce(nsOf(frame.from), nsOf(frame.to), frame.lines)
      note(`${frame.lines} lines were dropped from ${frame.from} to ${frame.to}`)
    } else if (frame.type === 'source' && frame.problem !== undefined) note(frame.problem)
    else if (frame.type === 'lines' || frame.type === 'backfill') {
      const now = nowNs()
      for (const { body } of frame.lines) ledger.live(body, now, frame.type === 'backfill')
    }
  }
  const reader = {
    frame: async (frame: TailFrame) => take(frame),
    cut: (reason: string) => note(`${reason} Connects again.`),
  }
  const start = startNs === undefined ? undefined : String(startNs)
  return readTail(door, { query, start }, reader, signal, backoffMs)
}
