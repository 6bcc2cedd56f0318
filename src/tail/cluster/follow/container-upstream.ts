import type {
  ContainerRef,
  Gap,
  GapReason,
  LineBatch,
  TailHandle,
  TailSink,
  TailState,
} from '../../kubernetes/contract.ts'
import { hashLine, type LineHash } from '../../kubernetes/log/line-hash.ts'
import { containerLane } from '../../seam/container-lines.ts'
import type { Hole } from '../../seam/holes/hole.ts'
import {
  type Locator,
  type LogMark,
  latest,
  NANOS_PER_SECOND,
  secondsOf,
  stampNs,
  Tally,
} from '../../seam/mark.ts'
import type { FollowedContainer } from '../../seam/viewer-seam.ts'
import { type LineChunk, stampAt, textAt } from './line-chunk.ts'
import { LineRing } from './line-ring.ts'

/**
 * Read before what is wanted: a log that begins a second before it, and stdout and stderr are out of order by less, lacks
 * nothing of it.
 */
export const LEAD_SECONDS = 2

/** In this time a kubelet has given what it has; a container that is silent tells nothing. */
export const SILENT_MS = 3000

const UNREAD: ReadonlySet<TailState['name']> = new Set(['waiting', 'retrying'])

/** Lines that the kubelet does not have (any more). */
export type MissingLines = {
  readonly fromNs: bigint
  /** Undefined: the next line that comes ends it. */
  readonly endNs: bigint | undefined
  /** Undefined: the container may as well have been silent. */
  readonly reason: GapReason | undefined
  /** What was shown before it is not known so far back as it may be out of order; all is stamped up to this. */
  readonly afterNs: bigint | undefined
}

/** Called in order, synchronously. */
export type UpstreamListener = {
  lines(chunk: LineChunk): void
  missing(lines: MissingLines): void
  /** Nothing will come any more. */
  ended(): void
}

export type UpstreamOptions = {
  readonly ref: ContainerRef
  /** Lines from here on are wanted; it is read from {@link LEAD_SECONDS} before. */
  readonly fromSeconds: number
  /** All that it wrote since then is there for sure, unless its first line is long in coming. */
  readonly isWhole: boolean
  readonly ringBytesMax: number
}

/** One container's log as its kubelet gives it, followed once for all who want it. */
export class ContainerUpstream implements TailSink, FollowedContainer {
  readonly lane: string
  readonly ref: ContainerRef
  /** Set right after it was made. */
  handle: TailHandle | undefined
  readonly #fromSeconds: number
  readonly #ring: LineRing
  readonly #tally: Tally
  readonly #listeners = new Set<UpstreamListener>()
  /** And when they are given up. */
  readonly #locators = new Map<Locator, NodeJS.Timeout>()
  readonly #edges = new Set<Hole>()
  readonly #hash: LineHash = { low: 0, high: 0 }
  readonly #isWhole: boolean
  /** Nothing is known of it yet. */
  #isNew = true
  /** From this second on no line was rotated away before the first was read. */
  #beginsSeconds = 0
  #open: MissingLines | undefined
  #seq = 0n
  #isEnded = false

  constructor({ ref, fromSeconds, isWhole, ringBytesMax }: UpstreamOptions) {
    this.ref = ref
    this.lane = containerLane(ref.podUid, ref.container)
    this.#fromSeconds = fromSeconds
    this.#isWhole = isWhole
    this.#ring = new LineRing(ringBytesMax, fromSeconds)
    this.#tally = new Tally(fromSeconds)
  }

  get reachSeconds(): number {
    return Math.max(this.#ring.reachSeconds, this.#beginsSeconds)
  }

  get remembersSeconds(): number {
    return this.#ring.reachSeconds
  }

  get listeners(): number {
    return this.#listeners.size
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** What is missing right behind the last line, where no line has come since. */
  get missing(): MissingLines | undefined {
    return this.#open
  }

  /** Remembered lines; among them may be some older than {@link reachSeconds}. */
  chunks(): ReadonlyArray<LineChunk> {
    return this.#ring.chunks()
  }

  listen(listener: UpstreamListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  mark(cutSeconds: number): LogMark {
    return this.#tally.mark(cutSeconds)
  }

  locate(locator: Locator): void {
    for (const { batch, seqs } of this.#ring.chunks())
      for (let i = 0; i < batch.count; i++)
        locator.see(batch.seconds[i]!, stampAt(batch, i), this.#hashAt(batch, i), seqs[i]!)
    if (locator.isSearching) this.#seek(locator)
  }

  edge(hole: Hole): void {
    // A log that is silent ends none of them.
    for (const known of this.#edges) if (known.isOver) this.#edges.delete(known)
    for (const { batch, seqs } of this.#ring.chunks())
      for (let i = 0; i < batch.count; i++) hole.shownBefore(stampAt(batch, i), textAt(batch, i), seqs[i]!)
    this.#edges.add(hole)
  }

  lines(batch: LineBatch): void {
    this.#lookBack(stampAt(batch, 0))
    const seqs = new BigUint64Array(batch.count)
    for (let i = 0; i < batch.count; i++) seqs[i] = this.#take(batch, i)
    for (const locator of this.#locators.keys()) if (!locator.isSearching) this.#forget(locator)
    const chunk = { batch, seqs }
    this.#ring.add(chunk)
    for (const listener of this.#listeners) listener.lines(chunk)
  }

  gap({ reason, from, to }: Gap): void {
    const fromNs = from === undefined ? this.#beforeNs : stampNs(from)
    const endNs = to === undefined ? undefined : stampNs(to)
    const isKnown = this.#ring.forgottenSeconds < secondsOf(fromNs) - 1
    const { newestNs } = this.#tally.mark(0)
    const afterNs = isKnown ? undefined : latest(newestNs, fromNs)
    this.#miss({ fromNs, endNs, reason, afterNs })
    this.#ring.beginAfter(behind(endNs ?? fromNs))
  }

  /** No line has come in all this time: what was written may have been rotated away. */
  silent(): void {
    if (this.#isNew) this.#missBeginning(undefined)
  }

  state(state: TailState): void {
    if (state.name !== 'done') return
    this.#isEnded = true
    for (const listener of [...this.#listeners]) listener.ended()
    this.#listeners.clear()
    for (const locator of [...this.#locators.keys()]) this.#forget(locator)
    this.#edges.clear()
  }

  /** Of a log whose beginning was rotated away nothing is seen but that its first line is late. */
  #lookBack(firstNs: bigint): void {
    if (this.#open !== undefined) {
      if (this.#open.reason === undefined) this.#beginsSeconds = behind(firstNs) + 1
      else this.#ring.beginAfter(behind(firstNs))
      this.#open = undefined
    }
    const isFirst = this.#isNew
    this.#isNew = false
    if (!isFirst || this.#isWhole) return
    if (firstNs <= this.#beforeNs - NANOS_PER_SECOND) return
    this.#missBeginning(firstNs)
    this.#beginsSeconds = behind(firstNs) + 1
  }

  /** Until lines show it; those that a silent log still has would have come by then. */
  #seek(locator: Locator): void {
    const timer = setTimeout(() => {
      // One that is not read will give them yet.
      if (this.handle !== undefined && UNREAD.has(this.handle.state.name)) this.#seek(locator)
      else {
        this.#forget(locator)
        locator.giveUp()
      }
    }, SILENT_MS)
    timer.unref()
    this.#locators.set(locator, timer)
  }

  #forget(locator: Locator): void {
    clearTimeout(this.#locators.get(locator))
    this.#locators.delete(locator)
  }

  #missBeginning(endNs: bigint | undefined): void {
    this.#miss({ fromNs: this.#beforeNs, endNs, reason: undefined, afterNs: this.#beforeNs })
  }

  get #beforeNs(): bigint {
    return BigInt(this.#fromSeconds) * NANOS_PER_SECOND - 1n
  }

  #miss(missing: MissingLines): void {
    this.#isNew = false
    if (missing.endNs === undefined) this.#open = missing
    for (const listener of this.#listeners) listener.missing(missing)
  }

  #take(batch: LineBatch, index: number): bigint {
    const ns = stampAt(batch, index)
    const seconds = batch.seconds[index]!
    const hash = this.#hashAt(batch, index)
    this.#seq = ns > this.#seq ? ns : this.#seq + 1n
    for (const locator of this.#locators.keys()) locator.see(seconds, ns, hash, this.#seq)
    this.#tally.add(seconds, ns, hash)
    for (const hole of this.#edges) {
      hole.endAt(ns)
      if (!hole.shown(ns, textAt(batch, index), this.#seq)) this.#edges.delete(hole)
    }
    return this.#seq
  }

  #hashAt({ bytes, starts, nanos }: LineBatch, index: number): number {
    const start = starts[index]!
    const end = starts[index + 1]!
    hashLine(bytes, start, end, end - start, this.#hash)
    return (this.#hash.low ^ nanos[index]!) >>> 0
  }
}

/** The last second of which a line may be missing where a hole ends; who comes later gets it from the store. */
const behind = (endNs: bigint): number => secondsOf(endNs + NANOS_PER_SECOND)
