import type { WebSocket } from 'ws'
import type { Positions, TailEntry } from '../line.ts'
import { CLOSE, closeReason } from './close-reason.ts'
import { type Frame, type FrameFormat, type FrameKind, framesOf } from './frame.ts'
import { FrameQueue, type QueueLimits } from './frame-queue.ts'

export type ViewerOptions = {
  readonly socket: WebSocket
  readonly format: FrameFormat
  readonly limits: QueueLimits
  /** Lines are held back for so long. */
  readonly delayMs: number
  readonly nowMs: () => number
  readonly onSent: (lines: number) => void
  readonly onDropped: (lines: number) => void
}

/** Bytes that may wait in the socket: what is sent can't be taken back, what is queued can be dropped. */
const SOCKET_BYTES_MAX = 128 * 1024
/** Notices can't be dropped, as a gap among them would then be hidden: who has so many before it unread is sent away. */
const NOTICES_BYTES_MAX = 256 * 1024
const CLOSE_TIMEOUT_MS = 1000
const OPEN = 1
const CLOSED = 3
const AS_TEXT = { binary: false }

/**
 * One client: lines in at any pace, out at its own. Never waits, never makes others wait. Live lines are held until its
 * backlog is told.
 */
export class Viewer {
  readonly format: FrameFormat
  readonly #socket: WebSocket
  readonly #options: ViewerOptions
  readonly #queue: FrameQueue
  readonly #closed = new AbortController()
  /** Live lines below these it has been told before: of lanes that were ahead when it came. */
  #told = new Map<string, bigint>()
  #isHeld = true
  #delay: NodeJS.Timeout | undefined
  #progressMs: number
  #drained: (() => void) | undefined
  #isClosing = false
  #owesToken = false
  #noticesBytes = 0

  constructor(options: ViewerOptions) {
    this.#options = options
    this.#socket = options.socket
    this.format = options.format
    this.#queue = new FrameQueue(options.limits)
    this.#progressMs = options.nowMs()
    const gone = (): void => this.#gone()
    options.socket.once('close', gone)
    options.socket.on('error', gone)
  }

  /** Aborts when the client is gone or is being closed. */
  get signal(): AbortSignal {
    return this.#closed.signal
  }

  /** Bytes that it costs: queued and in the socket. */
  get bytes(): number {
    return this.#queue.bytes + this.#socket.bufferedAmount
  }

  /** Since when it has taken nothing, though something waits; undefined if nothing does. */
  blockedSinceMs(): number | undefined {
    const isWaiting =
      this.#socket.bufferedAmount > 0 ||
      (!this.#isHeld && (this.#queue.dueMs ?? Infinity) <= this.#options.nowMs())
    if (!isWaiting) this.#progressMs = this.#options.nowMs()
    return isWaiting ? this.#progressMs : undefined
  }

  begin(told: Positions): void {
    this.#told = new Map(told)
  }

  /** Lanes where it is further than its feed, and how far. */
  get told(): Positions {
    return this.#told
  }

  /**
   * Live lines, whose frames of this viewer's format are `shared` with the others of its feed. `resume`: of a viewer that is
   * further in some lane.
   */
  live(
    entries: ReadonlyArray<TailEntry>,
    positions: Positions,
    shared: () => ReadonlyArray<Frame>,
    resume: () => string,
    kind: FrameKind = 'lines',
  ): void {
    if (this.#told.size === 0) {
      this.#push(shared())
      return
    }
    const own = entries.filter(({ lane, seq }) => seq >= (this.#told.get(lane) ?? 0n))
    for (const [lane, seq] of this.#told) if ((positions.get(lane) ?? 0n) >= seq) this.#told.delete(lane)
    this.#push([...framesOf(this.format, own, resume(), kind)])
  }

  /** Late lines that it was not told, however far it is in their lanes. */
  late(frames: ReadonlyArray<Frame>): void {
    this.#push(frames)
  }

  /** What comes before the live lines. Resolves when there is room for more; rejects when the client is gone. */
  async tell(frame: Frame): Promise<void> {
    this.#sendFrame(frame)
    while (this.#socket.bufferedAmount >= SOCKET_BYTES_MAX) {
      this.signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        this.#drained = resolve
      })
    }
    this.signal.throwIfAborted()
  }

  /** From here on live lines go out. */
  release(): void {
    this.#isHeld = false
    this.#pump()
  }

  /** A notice, at once: small, rare, and not queued. */
  notify(data: Buffer | undefined): void {
    if (data === undefined || !this.#isOpen) return
    if (this.#noticesBytes + data.length > NOTICES_BYTES_MAX) {
      this.close(CLOSE.tryAgainLater, 'The client reads too slowly to be told what it misses.')
      return
    }
    this.#noticesBytes += data.length
    this.#socket.send(data, AS_TEXT, () => {
      this.#noticesBytes -= data.length
      this.#onWritten()
    })
  }

  /** What stands for other frames, or is the last one. */
  #say(data: Buffer | undefined): void {
    if (data !== undefined && this.#isOpen) this.#socket.send(data, AS_TEXT, this.#onWritten)
  }

  /** Resolves when the connection is closed. */
  get gone(): Promise<void> {
    if (this.#socket.readyState === CLOSED) return Promise.resolve()
    return new Promise((resolve) => this.#socket.once('close', () => resolve()))
  }

  /** Where a viewer stands that has got everything; nothing while lines wait. */
  heartbeat(resume: () => string): void {
    if (this.#isHeld || !this.#queue.isEmpty || this.#socket.bufferedAmount > 0) return
    this.#owesToken = false
    this.notify(this.format.heartbeat(resume()))
  }

  /** Lines went out since the last heartbeat. */
  get owesToken(): boolean {
    return this.#owesToken
  }

  ping(): void {
    if (this.#isOpen) this.#socket.ping()
  }

  /** Says why and closes; a client that does not answer is cut. Idempotent. */
  close(code: number, reason: string): void {
    if (this.#isClosing) return
    this.#say(this.format.end(code, reason))
    this.#isClosing = true
    this.#queue.clear()
    this.#socket.close(code, closeReason(reason))
    const cut = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS)
    this.#socket.once('close', () => clearTimeout(cut))
    this.#end()
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === OPEN && !this.#isClosing
  }

  #push(frames: ReadonlyArray<Frame>): void {
    const { delayMs, nowMs, onDropped } = this.#options
    const dueMs = delayMs === 0 ? 0 : nowMs() + delayMs
    for (const frame of frames) {
      const dropped = this.#queue.push(frame, dueMs)
      if (dropped > 0) onDropped(dropped)
    }
    this.#pump()
  }

  #pump(): void {
    while (this.#isOpen && !this.#isHeld && this.#socket.bufferedAmount < SOCKET_BYTES_MAX) {
      const { dueMs } = this.#queue
      if (dueMs === undefined) return
      if (this.#waitsUntil(dueMs)) return
      const lost = this.#queue.takeLost()
      if (lost !== undefined) this.#say(this.format.lost(lost))
      const frame = this.#queue.take()
      if (frame !== undefined) this.#sendFrame(frame)
    }
  }

  #waitsUntil(dueMs: number): boolean {
    const waitMs = dueMs - this.#options.nowMs()
    if (waitMs <= 0) return false
    this.#delay ??= setTimeout(() => {
      this.#delay = undefined
      this.#pump()
    }, waitMs)
    return true
  }

  #sendFrame(frame: Frame): void {
    if (!this.#isOpen) return
    this.#socket.send(frame.data, AS_TEXT, this.#onWritten)
    this.#owesToken = true
    this.#options.onSent(frame.lines)
  }

  readonly #onWritten = (): void => {
    this.#progressMs = this.#options.nowMs()
    const drained = this.#drained
    this.#drained = undefined
    drained?.()
    this.#pump()
  }

  #gone(): void {
    this.#isClosing = true
    this.#queue.clear()
    this.#end()
  }

  #end(): void {
    clearTimeout(this.#delay)
    this.#closed.abort()
    this.#drained?.()
  }
}
