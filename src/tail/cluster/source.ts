import type { KubernetesClient } from '../kubernetes/client/client.ts'
import type { FeedQuery, FeedSink, SourceFeed, Start, TailSource } from '../source.ts'
import { ClusterFeed, type ClusterFeedParts } from './cluster-feed.ts'
import { Session, type SessionOptions } from './follow/session.ts'

export type ClusterSourceParts = Omit<ClusterFeedParts, 'session' | 'cluster'> & {
  readonly client: KubernetesClient
  readonly session: SessionOptions
}

/** How often feeds look what has become of what they could not have. */
const LOOK_MS = 2000

/** Lines of containers as the kubelets of one cluster give them. Nothing is asked of it unless somebody watches. */
export class ClusterSource implements TailSource {
  readonly name = 'cluster'
  readonly hasContainers = true
  readonly about: TailSource['about']
  readonly #parts: ClusterSourceParts
  readonly #feeds = new Set<ClusterFeed>()
  readonly #stopping = new Set<Promise<void>>()
  #session: Session | undefined
  #timer: NodeJS.Timeout | undefined
  #linger: NodeJS.Timeout | undefined
  #isLooking = false

  constructor(parts: ClusterSourceParts) {
    this.#parts = parts
    this.about = { cluster: parts.client.cluster }
  }

  /** What is open now: tests hold that nothing is left behind. */
  get counts(): { readonly feeds: number; readonly upstreams: number; readonly isWatching: boolean } {
    const { size: feeds } = this.#feeds
    return { feeds, upstreams: this.#session?.upstreams.size ?? 0, isWatching: this.#session !== undefined }
  }

  follow(query: FeedQuery, sink: FeedSink, start: Start): SourceFeed {
    const { client, session: options, ...rest } = this.#parts
    clearTimeout(this.#linger)
    this.#session ??= new Session(client, options)
    const parts = { ...rest, session: this.#session, cluster: client.cluster }
    const feed = new ClusterFeed(query, sink, start, parts)
    this.#feeds.add(feed)
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS)
    return {
      ready: feed.ready,
      base: feed.base,
      positions: () => feed.positions(),
      join: (from, seam, signal) => feed.join(from, seam, signal),
      close: () => {
        feed.close()
        this.#feeds.delete(feed)
        if (this.#feeds.size === 0) this.#rest()
      },
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    clearTimeout(this.#linger)
    this.#timer = undefined
    this.#end()
    await Promise.all(this.#stopping)
  }

  #rest(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    clearTimeout(this.#linger)
    this.#linger = setTimeout(() => this.#end(), this.#parts.session.lingerMs)
    this.#linger.unref()
  }

  #end(): void {
    const session = this.#session
    this.#session = undefined
    if (session === undefined) return
    const stopped = session.stop().catch((error: unknown) => this.#parts.failed(error))
    this.#stopping.add(stopped)
    void stopped.then(() => this.#stopping.delete(stopped))
  }

  async #look(): Promise<void> {
    // One round at a time: what is stored is asked for in it.
    if (this.#isLooking) return
    this.#isLooking = true
    await Promise.all([...this.#feeds].map((feed) => feed.look()))
    this.#isLooking = false
  }
}
