import type { Config } from '../config/schema.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type TailBudget, TailSlots } from './budget.ts'
import { Feed, type FeedKey, queryText } from './feed.ts'
import type { Start, TailSource } from './source.ts'
import { CLOSE } from './viewers/close-reason.ts'
import type { FrameFormat } from './viewers/frame.ts'
import { Viewer, type ViewerOptions } from './viewers/viewer.ts'
import { Watch } from './viewers/watch.ts'

export type HubOptions = TailBudget &
  ViewerOptions['limits'] &
  Pick<Config['tail'], 'blockedMsMax' | 'pingIntervalMs' | 'accessCheckMs'>

export type HubParts = {
  readonly sources: ReadonlyArray<TailSource>
  readonly metrics: Pick<
    Metrics,
    'tailViewers' | 'tailLines' | 'tailDroppedLines' | 'tailRefused' | 'tailGaps'
  >
  readonly log: Logger
  readonly nowMs: () => number
}

export type Watching = FeedKey & {
  readonly socket: ViewerOptions['socket']
  readonly format: FrameFormat
  readonly delayMs: number
  readonly requestId: string
  /** Asks again whose lines may be read; throws ApiError. */
  readonly tenants: () => Promise<ReadonlyArray<string>>
  readonly start: Start
  /** Once the viewer has its place; before anything else is told. */
  begin?(): void
}

/** Who may share a feed. */
function keyOf({ tenantIds, expr, dropped = 'show', podReader }: FeedKey): string {
  return JSON.stringify([tenantIds, queryText(expr), dropped, podReader?.key])
}

const STOPPING = 'The gateway is stopping: connect again.'
const FAILED = 'The tail failed inside Weir; its log has the reason under this request id.'

/**
 * Sources on one side, viewers on the other. Viewers of the same query share a feed; nobody waits for anybody: a slow viewer
 * loses its oldest lines.
 */
export class TailHub {
  readonly #options: HubOptions
  readonly #parts: HubParts
  readonly #slots: TailSlots
  readonly #feeds = new Map<string, Feed>()
  readonly #watch: Watch
  readonly #serving = new Set<Promise<void>>()
  #isStopping = false

  constructor(options: HubOptions, parts: HubParts) {
    this.#options = options
    this.#parts = parts
    this.#slots = new TailSlots(options)
    this.#watch = new Watch(options, parts)
  }

  get sources(): ReadonlyArray<TailSource> {
    return this.#parts.sources
  }

  /** What is open now: tests hold that nothing is left behind. */
  get counts(): { readonly viewers: number; readonly feeds: number; readonly watched: number } {
    return { viewers: this.#slots.total, feeds: this.#feeds.size, watched: this.#watch.size }
  }

  /** Serves a viewer until it leaves or is closed. Resolves then; never rejects. */
  async watch(watching: Watching): Promise<void> {
    const served = this.#serve(watching)
    this.#serving.add(served)
    await served
    this.#serving.delete(served)
  }

  async #serve(watching: Watching): Promise<void> {
    const viewer = this.#viewerOf(watching)
    const { metrics } = this.#parts
    if (this.#isStopping) return viewer.close(CLOSE.goingAway, STOPPING)
    const slot = this.#slots.take(watching.tenantIds)
    if (typeof slot !== 'function') {
      metrics.tailRefused.cell('budget').value++
      return viewer.close(CLOSE.tryAgainLater, slot.refusal)
    }
    const front = metrics.tailViewers.cell(watching.format.front)
    front.value++
    const key = keyOf(watching)
    const feed = this.#feedOf(key, watching)
    const end = new Promise<void>((resolve) => {
      if (viewer.signal.aborted) resolve()
      else viewer.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    // Before anything is awaited, so that the feed is kept while it becomes ready.
    feed.expect(viewer)
    const tenants = async (): Promise<ReadonlyArray<string>> => {
      const tenantIds = await watching.tenants()
      await feed.recheck()
      return tenantIds
    }
    this.#watch.add(
      viewer,
      { ...watching, tenants },
      { resume: () => feed.resume(viewer), isOwed: feed.hasContainers },
    )
    const shown = this.#show(feed, viewer, watching)
    // Not that: a read that still runs for who has gone must not keep their place.
    await end
    this.#watch.remove(viewer)
    feed.leave(viewer)
    if (feed.size === 0 && this.#feeds.get(key) === feed) {
      this.#feeds.delete(key)
      feed.close()
    }
    front.value--
    slot()
    await shown
  }

  async #show(feed: Feed, viewer: Viewer, watching: Watching): Promise<void> {
    try {
      await feed.ready
      if (viewer.signal.aborted) return
      watching.begin?.()
      await feed.show(viewer, watching.start)
    } catch (error) {
      if (!viewer.signal.aborted) this.#failed(viewer, watching, error)
    }
  }

  /** Tells every viewer that the gateway stops, and stops the sources. Resolves when all are gone. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#watch.closeAll(CLOSE.goingAway, STOPPING)
    await Promise.all(this.#serving)
    await Promise.all(this.#parts.sources.map((source) => source.stop()))
  }

  #viewerOf({ socket, format, delayMs }: Watching): Viewer {
    const { metrics, nowMs } = this.#parts
    const lines = metrics.tailLines.cell(format.front)
    const dropped = metrics.tailDroppedLines.cell(format.front)
    return new Viewer({
      socket,
      format,
      limits: this.#options,
      delayMs,
      nowMs,
      onSent: (count) => {
        lines.value += count
      },
      onDropped: (count) => {
        dropped.value += count
      },
    })
  }

  #feedOf(key: string, watching: Watching): Feed {
    const known = this.#feeds.get(key)
    if (known !== undefined) return known
    const { sources, metrics, log, nowMs } = this.#parts
    const gaps = metrics.tailGaps.cell()
    const feed = new Feed(watching, watching.start, {
      sources,
      nowMs,
      onGap: () => {
        gaps.value++
      },
      failed: (error) => log.warn({ err: error }, 'missing lines of a tail could not be read'),
    })
    this.#feeds.set(key, feed)
    return feed
  }

  #failed(viewer: Viewer, { requestId }: Watching, error: unknown): void {
    this.#parts.log.error({ err: error, requestId }, 'a tail failed')
    viewer.close(CLOSE.internal, FAILED)
  }
}
