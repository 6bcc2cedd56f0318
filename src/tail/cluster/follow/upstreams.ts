import type { ContainerRef } from '../../kubernetes/contract.ts'
import type { KubernetesTail } from '../../kubernetes/tail-source.ts'
import { containerLane } from '../../seam/container-lines.ts'
import {
  ContainerUpstream,
  LEAD_SECONDS,
  SILENT_MS,
  type UpstreamListener,
  type UpstreamOptions,
} from './container-upstream.ts'

export type UpstreamsOptions = {
  readonly tail: Pick<KubernetesTail, 'follow'>
  readonly ringBytesMax: number
  readonly lingerMs: number
}

export type Opening = Pick<UpstreamOptions, 'fromSeconds' | 'isWhole'>

type Held = { readonly upstream: ContainerUpstream; linger: NodeJS.Timeout | undefined }

/** In this time a kubelet does not rotate what has just begun. */
const WHOLE_MS = 5000

/** The containers that are followed: one upstream each, however many feeds want it; kept a while for who comes back. */
export class Upstreams {
  readonly #options: UpstreamsOptions
  readonly #held = new Map<string, Held>()

  constructor(options: UpstreamsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#held.size
  }

  /**
   * Follows a container, from this second on if nobody does yet. Throws a `TailRefusal` where too many are followed. Call
   * `release` once.
   */
  open(
    ref: ContainerRef,
    start: Opening,
    listener: UpstreamListener,
  ): { readonly upstream: ContainerUpstream; readonly release: () => void } {
    const lane = containerLane(ref.podUid, ref.container)
    let held = this.#held.get(lane)
    if (held === undefined) {
      held = { upstream: this.#follow(ref, start), linger: undefined }
      // One that ended at once is nobody's to keep.
      if (!held.upstream.isEnded) this.#held.set(lane, held)
    }
    clearTimeout(held.linger)
    const { upstream } = held
    const forget = upstream.listen(listener)
    return {
      upstream,
      release: () => {
        forget()
        this.#rest(lane, held)
      },
    }
  }

  stop(): void {
    for (const { upstream, linger } of this.#held.values()) {
      clearTimeout(linger)
      upstream.handle?.stop()
    }
    this.#held.clear()
  }

  #follow(ref: ContainerRef, { fromSeconds, isWhole }: Opening): ContainerUpstream {
    const { tail, ringBytesMax } = this.#options
    const upstream = new ContainerUpstream({ ref, fromSeconds, isWhole, ringBytesMax })
    const seconds = Math.max(0, fromSeconds - LEAD_SECONDS)
    const handle = tail.follow(ref, { start: { from: 'second', seconds } }, upstream)
    upstream.handle = handle
    const silence = setTimeout(() => upstream.silent(), isWhole ? WHOLE_MS : SILENT_MS)
    silence.unref()
    void handle.done.then(() => {
      clearTimeout(silence)
      const held = this.#held.get(upstream.lane)
      if (held?.upstream !== upstream) return
      clearTimeout(held.linger)
      this.#held.delete(upstream.lane)
    })
    return upstream
  }

  #rest(lane: string, held: Held): void {
    if (held.upstream.listeners > 0 || this.#held.get(lane) !== held) return
    clearTimeout(held.linger)
    held.linger = setTimeout(() => {
      this.#held.delete(lane)
      held.upstream.handle?.stop()
    }, this.#options.lingerMs)
    held.linger.unref()
  }
}
