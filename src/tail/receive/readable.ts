import type { ReceivingStore } from './upstream.ts'

type Waiter = { readonly seq: bigint; readonly done: (isReadable: boolean) => void }

const LOOK_EVERY_MS = 50

/** Waits for this gateway's rows to be readable in ClickHouse, by its watermark. One timer, only while somebody waits. */
export class Readable {
  readonly #store: Pick<ReceivingStore, 'watermark'>
  readonly #lookEveryMs: number
  readonly #waiters = new Set<Waiter>()
  #timer: NodeJS.Timeout | undefined

  constructor(store: Pick<ReceivingStore, 'watermark'>, lookEveryMs = LOOK_EVERY_MS) {
    this.#store = store
    this.#lookEveryMs = lookEveryMs
  }

  /** Resolves with true once every row below `seq` is readable; with false when `signal` aborts before. */
  below(seq: bigint, signal: AbortSignal): Promise<boolean> {
    if (this.#store.watermark.oldestSeq >= seq) return Promise.resolve(true)
    if (signal.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const waiter: Waiter = {
        seq,
        done: (isReadable) => {
          signal.removeEventListener('abort', aborted)
          this.#waiters.delete(waiter)
          this.#rest()
          resolve(isReadable)
        },
      }
      const aborted = (): void => waiter.done(false)
      signal.addEventListener('abort', aborted, { once: true })
      this.#waiters.add(waiter)
      this.#timer ??= setInterval(() => this.#look(), this.#lookEveryMs)
    })
  }

  #look(): void {
    const { oldestSeq } = this.#store.watermark
    for (const waiter of this.#waiters) if (oldestSeq >= waiter.seq) waiter.done(true)
  }

  #rest(): void {
    if (this.#waiters.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
