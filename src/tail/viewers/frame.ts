import type { Gap, Notice, TailEntry } from '../line.ts'

/** Lines as they go over a socket: encoded once, shared by all viewers of a query, never changed. */
export type Frame = {
  readonly data: Buffer
  readonly lines: number
  /** Of the first and the last line, nanoseconds. */
  readonly fromNs: bigint
  readonly toNs: bigint
  /** What a viewer that misses the frame is told of each line, if its protocol says so; small. */
  readonly marks: ReadonlyArray<string>
}

/** Lines that a viewer missed. */
export type Lost = {
  readonly lines: number
  readonly fromNs: bigint
  readonly toNs: bigint
  /** Of the first ones. */
  readonly marks: ReadonlyArray<string>
}

/** `backfill`: stored lines that were not there when it was their turn. */
export type FrameKind = 'lines' | 'backfill'

/** How one protocol writes what a viewer is told. Undefined is what a protocol has no words for. */
export type FrameFormat = {
  readonly front: string
  /** `resume`: of the token for who has read the frame. */
  lines(entries: ReadonlyArray<TailEntry>, resume: string, kind: FrameKind): Frame
  lost(lost: Lost): Buffer | undefined
  gap(gap: Gap): Buffer | undefined
  notice(notice: Notice): Buffer | undefined
  heartbeat(resume: string): Buffer | undefined
  end(code: number, reason: string): Buffer | undefined
}

const LINES_MAX = 500
const BYTES_MAX = 48 * 1024

/** Frames stay small, so that a slow viewer loses little at once. A line is never cut. */
export function* framesOf(
  format: FrameFormat,
  entries: ReadonlyArray<TailEntry>,
  resume: string,
  kind: FrameKind = 'lines',
): Generator<Frame, void, undefined> {
  let first = 0
  let bytes = 0
  for (let i = 0; i < entries.length; i++) {
    const size = entries[i]!.line.length
    if (i > first && (bytes + size > BYTES_MAX || i - first === LINES_MAX)) {
      yield format.lines(entries.slice(first, i), '', kind)
      first = i
      bytes = 0
    }
    bytes += size
  }
  // Only who has all frames of these entries is where the token says.
  if (first < entries.length) yield format.lines(entries.slice(first), resume, kind)
}

/** The lowest and the highest time of at least one entry. */
export function timesOf(entries: ReadonlyArray<TailEntry>): {
  readonly fromNs: bigint
  readonly toNs: bigint
} {
  let from = entries[0]!
  let to = from
  for (const entry of entries) {
    if (isEarlier(entry, from)) from = entry
    if (isEarlier(to, entry)) to = entry
  }
  return { fromNs: ns(from), toNs: ns(to) }
}

const ns = ({ timeHigh, timeLow }: TailEntry): bigint => (BigInt(timeHigh) << 32n) | BigInt(timeLow)
const isEarlier = (a: TailEntry, b: TailEntry): boolean =>
  a.timeHigh < b.timeHigh || (a.timeHigh === b.timeHigh && a.timeLow < b.timeLow)
