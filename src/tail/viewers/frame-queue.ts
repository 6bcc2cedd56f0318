import type { Frame, Lost } from './frame.ts'

export type QueueLimits = { readonly queueBytesMax: number; readonly queueLinesMax: number }

type Queued = { readonly frame: Frame; readonly dueMs: number }

/** Lines that a viewer is told of one by one, as Loki bounds them. */
const MARKS_MAX = 1000
/** The front of the array is cut off once so much of it is taken. */
const COMPACT_AT = 256

/** Frames that wait for one viewer: bounded in bytes and lines. What does not fit goes from the oldest end, and is counted. */
export class FrameQueue {
  readonly #limits: QueueLimits
  /** Taken ones are let go at once, though their places stay until the array is cut: a frame may be large. */
  #frames: Array<Queued | undefined> = []
  #head = 0
  #bytes = 0
  #lines = 0
  #lost: Lost | undefined

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#head === this.#frames.length && this.#lost === undefined
  }

  /** When the first frame may go; undefined if none waits. */
  get dueMs(): number | undefined {
    return this.#lost === undefined ? this.#frames[this.#head]?.dueMs : 0
  }

  /** Returns how many lines were dropped for it. A frame that is larger than the queue fits alone. */
  push(frame: Frame, dueMs: number): number {
    const { queueBytesMax, queueLinesMax } = this.#limits
    let dropped = 0
    while (
      this.#head < this.#frames.length &&
      (this.#bytes + frame.data.length > queueBytesMax || this.#lines + frame.lines > queueLinesMax)
    ) {
      const oldest = this.#shift()
      dropped += oldest.lines
      this.#lose(oldest)
    }
    this.#frames.push({ frame, dueMs })
    this.#bytes += frame.data.length
    this.#lines += frame.lines
    return dropped
  }

  /** What was dropped before the frame that `take` gives next; undefined if nothing was. */
  takeLost(): Lost | undefined {
    const lost = this.#lost
    this.#lost = undefined
    return lost
  }

  take(): Frame | undefined {
    return this.#head < this.#frames.length ? this.#shift() : undefined
  }

  clear(): void {
    this.#frames = []
    this.#head = 0
    this.#bytes = 0
    this.#lines = 0
    this.#lost = undefined
  }

  #shift(): Frame {
    const { frame } = this.#frames[this.#head]!
    this.#frames[this.#head++] = undefined
    this.#bytes -= frame.data.length
    this.#lines -= frame.lines
    if (this.#head === this.#frames.length || this.#head >= COMPACT_AT) {
      this.#frames.splice(0, this.#head)
      this.#head = 0
    }
    return frame
  }

  #lose({ lines, fromNs, toNs, marks }: Frame): void {
    const lost = this.#lost
    if (lost === undefined) {
      this.#lost = { lines, fromNs, toNs, marks: marks.slice(0, MARKS_MAX) }
      return
    }
    const room = MARKS_MAX - lost.marks.length
    this.#lost = {
      lines: lost.lines + lines,
      fromNs: fromNs < lost.fromNs ? fromNs : lost.fromNs,
      toNs: toNs > lost.toNs ? toNs : lost.toNs,
      marks: room > 0 ? [...lost.marks, ...marks.slice(0, room)] : lost.marks,
    }
  }
}
