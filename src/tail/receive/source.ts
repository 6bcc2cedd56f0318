import type { FeedQuery, FeedSink, SourceFeed, TailSource } from '../source.ts'
import { ReceiveFeed, type ReceiveFeedParts } from './receive-feed.ts'
import type { Replicas } from './replicas.ts'

export type ReceiveSourceParts = Omit<ReceiveFeedParts, 'marks'> & {
  readonly replicas: Replicas
  readonly pollMs: number
}

/**
 * What the gateways receive and keep, as they make it durable: this one's at once, that of other replicas as soon as it can
 * be read. Lines that a rule drops are never durable, and so not seen here.
 */
export class ReceiveSource implements TailSource {
  readonly name = 'receive'
  readonly hasContainers = false
  readonly about: TailSource['about']
  readonly #parts: ReceiveSourceParts
  readonly #feeds = new Set<ReceiveFeed>()
  #timer: NodeJS.Timeout | undefined
  #isPolling = false

  constructor(parts: ReceiveSourceParts) {
    this.#parts = parts
    this.about = { gatewayId: parts.gatewayId, otherGateways: 'polled' }
  }

  follow(query: FeedQuery, sink: FeedSink): SourceFeed {
    const feed = new ReceiveFeed(query, sink, { ...this.#parts, marks: () => this.#parts.replicas.marks() })
    this.#feeds.add(feed)
    this.#pollLater()
    return {
      ready: feed.ready,
      base: feed.base,
      positions: () => feed.positions(),
      join: (start, seam, signal) => feed.join(start, seam, signal),
      fill: (hole, rows) => feed.fill(hole, rows),
      close: () => {
        feed.close()
        this.#feeds.delete(feed)
        if (this.#feeds.size === 0) this.#rest()
      },
    }
  }

  stop(): void {
    this.#rest()
    this.#parts.upstream.stop()
  }

  #rest(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #pollLater(): void {
    this.#timer ??= setInterval(() => {
      // A round that takes longer than its time is waited for: two at once would tell the same rows.
      if (this.#isPolling) return
      this.#isPolling = true
      this.#poll()
        .catch((error: unknown) => this.#parts.failed(error))
        .finally(() => {
          this.#isPolling = false
        })
    }, this.#parts.pollMs)
  }

  async #poll(): Promise<void> {
    const marks = await this.#parts.replicas.marks()
    if (marks.length > 0) await Promise.all([...this.#feeds].map((feed) => feed.poll(marks)))
  }
}
