import { LINE_FLAGS } from '../contract.ts'
import { readStamp, STAMP_BYTES_MAX, type StampCursor } from '../log/cri-stamp.ts'
import { LineFramer } from '../log/line-framer.ts'
import { hashLine, type LineHash } from '../log/line-hash.ts'
import type { Replay } from '../log/resume-window.ts'
import type { Emitter } from './emitter.ts'
import type { Progress } from './progress.ts'

/** `silent`: lines are only remembered. `drain`: the instance has ended. */
export type ReadMode = 'live' | 'silent' | 'drain'

/** Stamps of stdout and stderr of one file are out of order by less. */
const DISORDER_SECONDS = 1

/** A line whose newline has not come. */
export type Unfinished = { readonly bytes: Buffer; readonly length: number }

/**
 * One response, from its first byte to its last: cuts lines, leaves out those that repeat, passes the others on. Nothing is
 * allocated per line.
 */
export class LogReader {
  readonly #progress: Progress
  readonly #emitter: Emitter
  readonly #lineBytesMax: number
  readonly #mode: ReadMode
  readonly #framer: LineFramer
  readonly #stamp: StampCursor = { seconds: 0, nanos: 0, end: 0 }
  readonly #hash: LineHash = { low: 0, high: 0 }
  #replay: Replay | undefined
  /** A line without a stamp: the tail of a line that `sinceTime` cut, an error at the end, or what a runtime wrote. */
  #stray: Unfinished | undefined
  #lines = 0
  /** The stamp of the line before. */
  #lastSeconds = 0
  #lastNanos = 0
  /** Lines that were new. */
  delivered = 0
  /** The newest known line came back. */
  metNewest = false
  /** Read no further: a line came that should have been preceded by the newest known one. */
  suspect = false

  constructor(progress: Progress, emitter: Emitter, lineBytesMax: number, mode: ReadMode = 'live') {
    this.#progress = progress
    this.#emitter = emitter
    this.#lineBytesMax = lineBytesMax
    this.#mode = mode
    this.#replay = progress.startReading()
    this.#framer = new LineFramer(lineBytesMax + STAMP_BYTES_MAX, (bytes, start, end, length) =>
      this.#line(bytes, start, end, length, 0),
    )
  }

  push(chunk: Buffer): void {
    this.#framer.push(chunk)
    this.#emitter.flush()
  }

  /**
   * The response has ended well. `error` is what the kubelet wrote instead of a line: it can't change the status any more.
   * A last line without newline is `unfinished`: more of it may come.
   */
  end(): { readonly error?: string; readonly unfinished?: Unfinished } {
    const last = this.#framer.unfinished()
    const stamped = last !== undefined && readStamp(last.bytes, 0, last.bytes.length, this.#stamp)
    if (stamped) this.#settleStray()
    const stray = this.#stray === undefined ? '' : `${this.#stray.bytes.toString('utf8', 0, 1000)}\n`
    if (last === undefined) return stray === '' ? {} : { error: stray.trim() }
    if (stamped) return { unfinished: last }
    return { error: `${stray}${last.bytes.toString('utf8', 0, 1000)}` }
  }

  /** The instance is over: its last line needs no newline. */
  finish({ bytes, length }: Unfinished): void {
    this.#line(bytes, 0, bytes.length, length, LINE_FLAGS.unterminated)
    this.#emitter.flush()
  }

  #line(bytes: Buffer, start: number, end: number, length: number, flags: number): void {
    if (this.suspect) return
    const stamp = this.#stamp
    if (!readStamp(bytes, start, end, stamp)) {
      this.#settleStray()
      this.#stray = { bytes: Buffer.from(bytes.subarray(start, end)), length }
      return
    }
    if (this.#stray !== undefined) {
      this.#settleStray()
      readStamp(bytes, start, end, stamp)
    }
    this.#take(bytes, stamp.end, end, length - (stamp.end - start), flags)
  }

  /** A stray line is followed by another. The first of a response is the rest of a line that began too early: not wanted. */
  #settleStray(): void {
    const stray = this.#stray
    this.#stray = undefined
    if (stray === undefined || this.#lines === 0) return
    this.#stamp.seconds = this.#lastSeconds
    this.#stamp.nanos = this.#lastNanos
    this.#take(stray.bytes, 0, stray.bytes.length, stray.length, LINE_FLAGS.unstamped)
  }

  /** A line with the stamp in `#stamp`. */
  #take(bytes: Buffer, start: number, end: number, length: number, flags: number): void {
    this.#lines++
    const { seconds, nanos } = this.#stamp
    this.#lastSeconds = seconds
    this.#lastNanos = nanos
    const keptEnd = Math.min(end, start + this.#lineBytesMax)
    hashLine(bytes, start, keptEnd, length, this.#hash)
    if (this.#replay !== undefined && this.#repeats(this.#replay, seconds, nanos)) return
    if (this.#progress.lateSinceSeconds !== undefined) this.#checkBeginning(this.#progress.lateSinceSeconds)
    this.#progress.saw(seconds, nanos, this.#hash)
    this.delivered++
    if (this.#mode === 'silent') return
    const cut = length > keptEnd - start ? LINE_FLAGS.truncated : 0
    this.#emitter.line(bytes, start, keptEnd, seconds, nanos, flags | cut)
  }

  /** A line in the second of the start says that nothing before it was rotated away. */
  #checkBeginning(startedSeconds: number): void {
    const { seconds, nanos } = this.#stamp
    this.#progress.lateSinceSeconds = undefined
    if (seconds > startedSeconds + 1) this.#emitter.gap('rotated', undefined, { seconds, nanos })
  }

  #repeats(replay: Replay, seconds: number, nanos: number): boolean {
    const meeting = replay.meet(seconds, nanos, this.#hash)
    if (meeting === 'known' || meeting === 'forgotten') return true
    if (meeting === 'other' && this.#progress.miss === 'suspect') {
      this.suspect = true
      return true
    }
    if (meeting === 'other' && this.#isOutrun(seconds, nanos)) return true
    this.metNewest = meeting === 'newest'
    if (meeting === 'other' && this.#progress.miss === 'gap')
      this.#emitter.gap('rotated', this.#progress.newest, { seconds, nanos })
    this.#replay = undefined
    this.#progress.joined = true
    this.#progress.miss = 'suspect'
    return this.metNewest
  }

  #isOutrun(seconds: number, nanos: number): boolean {
    const { newest } = this.#progress
    if (this.#mode !== 'drain' || this.#progress.miss !== 'gap' || newest === undefined) return false
    if (seconds + DISORDER_SECONDS > newest.seconds) return false
    if (!this.#progress.outrun) this.#emitter.gap('restarted', { seconds, nanos }, newest)
    this.#progress.outrun = true
    return true
  }
}
