import type { ObservedRows, Store } from '../../store/store.ts'
import type { WatermarkState } from '../../store/watermark.ts'
import { Ring } from './ring.ts'
import { type Chunk, chunkOf, type LiveLabels } from './rows.ts'

/** The side of the store that the tail needs. */
export type ReceivingStore = Pick<Store, 'observe'> & { readonly watermark: WatermarkState }

export type UpstreamOptions = {
  readonly store: ReceivingStore
  readonly gatewayId: string
  readonly labels: LiveLabels
  readonly ringBytesMax: number
  readonly lingerMs: number
}

type Listener = (chunk: Chunk) => void

/**
 * What this gateway makes durable, for all who follow it: observed once, and only while somebody follows or lately did.
 * Rows are handed on after the senders have their answers.
 */
export class Upstream {
  readonly #options: UpstreamOptions
  readonly #listeners = new Set<Listener>()
  #ring: Ring<Chunk> | undefined
  #waiting: ObservedRows[] = []
  #next = 0n
  #unobserve: (() => void) | undefined
  #linger: NodeJS.Timeout | undefined

  constructor(options: UpstreamOptions) {
    this.#options = options
  }

  /** Rows from here on come to listeners; those below have come, or came before anybody followed. */
  get next(): bigint {
    return this.#next
  }

  /** What is remembered: every row from `from` to `next`. Only while followed. */
  get remembered(): { readonly from: bigint; readonly chunks: ReadonlyArray<Chunk> } {
    return { from: this.#ring!.from, chunks: this.#ring!.items() }
  }

  get isObserving(): boolean {
    return this.#unobserve !== undefined
  }

  follow(listener: Listener): () => void {
    clearTimeout(this.#linger)
    this.#begin()
    this.#listeners.add(listener)
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return
      this.#linger = setTimeout(() => this.stop(), this.#options.lingerMs)
      this.#linger.unref()
    }
  }

  stop(): void {
    clearTimeout(this.#linger)
    this.#unobserve?.()
    this.#unobserve = undefined
    this.#ring = undefined
    this.#waiting = []
  }

  #begin(): void {
    if (this.#unobserve !== undefined) return
    const { store, ringBytesMax } = this.#options
    // Rows that join the open commit from now on are copied; of those before, nobody may ask here.
    this.#next = store.watermark.nextSeq
    this.#ring = new Ring(ringBytesMax, this.#next)
    this.#unobserve = store.observe('logs', (rows) => this.#observed(rows))
  }

  #observed(rows: ObservedRows): void {
    if (this.#waiting.push(rows) === 1) setImmediate(() => this.#deliver())
  }

  #deliver(): void {
    for (const rows of this.#waiting.splice(0)) {
      const { gatewayId, labels } = this.#options
      const chunk = chunkOf(rows, gatewayId, labels)
      // Of before it was followed (an observer that went while they were in the open commit): they are history.
      if (chunk === undefined || this.#ring === undefined || chunk.firstSeq < this.#next) continue
      this.#ring.add(chunk)
      this.#next = chunk.lastSeq + 1n
      for (const listener of this.#listeners) listener(chunk)
    }
  }
}
