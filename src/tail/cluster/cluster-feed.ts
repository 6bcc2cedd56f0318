import { setTimeout as delay } from 'node:timers/promises'
import { type ContainerRef, TailRefusal } from '../kubernetes/contract.ts'
import type { Container, Pod } from '../kubernetes/pods/pod.ts'
import type { PodChange } from '../kubernetes/pods/pod-view.ts'
import type { Positions } from '../line.ts'
import { containerLane } from '../seam/container-lines.ts'
import type { ViewerSeam } from '../seam/viewer-seam.ts'
import type { BacklogPart, FeedQuery, FeedSink, Joined, SourceFeed, Start } from '../source.ts'
import { backlogOf } from './backlog.ts'
import { FeedContainer, type FeedContainerParts } from './feed-container.ts'
import type { Session } from './follow/session.ts'
import { InstanceNotices } from './notices/instance-notices.ts'
import { ProblemNotices } from './notices/problem-notices.ts'
import { followable, isWhole, type OpeningParts, openingSecond } from './opening.ts'
import type { StoredContainer } from './stored/stored-containers.ts'

/** How long a feed waits for the first list of pods, and for what is stored of their containers. */
const PATIENCE_MS = 3000
const NO_POSITIONS: Positions = new Map()
/** Of no gateway's numbers: what this source tells has places of its own. */
const SEQ_MAX = 2n ** 64n - 1n

export type ClusterFeedParts = Pick<FeedContainerParts, 'labels' | 'rules'> & {
  readonly cluster: string
  readonly session: Session
  readonly marginMs: number
  readonly nowMs: () => number
  /** By lane, what is stored of the containers of these pods; as it was some seconds ago. */
  readonly stored: (
    query: FeedQuery,
    podUids: ReadonlyArray<string>,
  ) => Promise<ReadonlyMap<string, StoredContainer>>
  /** By lane, the newest stored stamp. */
  readonly newest: (
    query: FeedQuery,
    containers: ReadonlyMap<string, StoredContainer>,
    startNs: bigint,
  ) => Promise<ReadonlyMap<string, bigint>>
  /** For the log. */
  readonly failed: (error: unknown) => void
}

/** Whether the query means a container, by what was known of it. */
type Verdict = {
  readonly pod: Pod
  readonly stored: StoredContainer | undefined
  readonly rulesVersion: object
  readonly isMeant: boolean
}

/** One query over the containers of a cluster: which are meant and may be seen, and their lines from the kubelets. */
export class ClusterFeed implements SourceFeed {
  readonly ready: Promise<void>
  readonly base = SEQ_MAX
  readonly #query: FeedQuery
  readonly #parts: ClusterFeedParts
  readonly #opening: OpeningParts
  readonly #container: FeedContainerParts
  readonly #containers = new Map<string, FeedContainer>()
  /** Lanes that nothing will come from any more. */
  readonly #ended = new Set<string>()
  readonly #deciding = new Set<string>()
  readonly #verdicts = new Map<string, Verdict>()
  readonly #closed = new AbortController()
  readonly #instances: InstanceNotices
  readonly #problems: ProblemNotices
  readonly #unsubscribe: () => void
  #stored: ReadonlyMap<string, StoredContainer> = new Map()
  #newest: ReadonlyMap<string, bigint> = new Map()
  #isOpen = false

  constructor(query: FeedQuery, sink: FeedSink, start: Start, parts: ClusterFeedParts) {
    this.#query = query
    this.#parts = parts
    const { labels, rules, marginMs, cluster } = parts
    this.#opening = { start, beganMs: parts.nowMs(), marginMs }
    this.#container = { query, sink, labels, rules, onEnd: (container) => this.#leave(container) }
    this.#instances = new InstanceNotices(cluster, sink)
    this.#problems = new ProblemNotices(cluster, sink)
    this.#unsubscribe = parts.session.view.subscribe((change) => this.#changed(change))
    this.ready = this.#begin()
  }

  positions(): Positions {
    return NO_POSITIONS
  }

  join(_start: Start, seam: ViewerSeam, _signal: AbortSignal): Joined {
    for (const container of this.#containers.values()) container.adopt(seam)
    const told = this.#problems.current
    const first: BacklogPart[] = told === undefined ? [] : [{ kind: 'notice', notice: told }]
    return { backlog: backlogOf(first, [...this.#containers.values()], seam), told: new Map() }
  }

  close(): void {
    this.#closed.abort()
    this.#unsubscribe()
    for (const container of this.#containers.values()) container.release()
    this.#containers.clear()
  }

  /** Now and then: what could not be decided or labelled before, and what goes wrong. Never rejects. */
  async look(): Promise<void> {
    this.#problems.look(this.#parts.session.view.problem, [...this.#containers.values()])
    const pods = [...this.#parts.session.view.pods()]
    await this.#learn(pods)
    if (this.#closed.signal.aborted) return
    for (const [lane, container] of this.#containers) {
      const stored = this.#stored.get(lane)
      if (stored !== undefined) container.labelAs(stored)
    }
    await Promise.all(pods.map((pod) => this.#consider(pod)))
  }

  async #begin(): Promise<void> {
    const { view } = this.#parts.session
    const { signal } = this.#closed
    try {
      await Promise.race([view.listed, delay(PATIENCE_MS, undefined, { signal, ref: false })])
      const pods = [...view.pods()]
      await this.#learn(pods)
      await this.#learnNewest()
      signal.throwIfAborted()
      await Promise.all(pods.map((pod) => this.#consider(pod)))
    } catch (error) {
      if (!signal.aborted) this.#parts.failed(error)
    }
    this.#isOpen = true
    this.#problems.look(view.problem, [...this.#containers.values()])
    if (!signal.aborted) for (const pod of view.pods()) void this.#consider(pod)
  }

  async #learn(pods: ReadonlyArray<Pod>): Promise<void> {
    try {
      const uids = pods.filter((pod) => followable(pod).length > 0).map(({ uid }) => uid)
      this.#stored = await this.#parts.stored(this.#query, uids)
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#parts.failed(error)
    }
  }

  async #learnNewest(): Promise<void> {
    const { start } = this.#opening
    if (start.kind !== 'history') return
    try {
      this.#newest = await this.#parts.newest(this.#query, this.#stored, start.startNs)
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#parts.failed(error)
    }
  }

  #changed({ type, pod }: PodChange): void {
    if (type === 'deleted') {
      this.#query.podReader?.forget(pod.uid)
      this.#problems.gone(pod.uid)
      for (const { name } of pod.containers) {
        this.#ended.delete(containerLane(pod.uid, name))
        this.#verdicts.delete(containerLane(pod.uid, name))
      }
    } else if (this.#isOpen) void this.#consider(pod)
    for (const { name } of pod.containers) {
      const lane = containerLane(pod.uid, name)
      if (this.#containers.has(lane)) this.#instances.changed(type, pod, name)
    }
  }

  /** Follows what is meant of a pod and may be seen. Never rejects. */
  async #consider(pod: Pod): Promise<void> {
    const meant = followable(pod).filter(
      (container) => this.#isNew(pod, container) && this.#isMeant(pod, container),
    )
    if (meant.length === 0 || this.#deciding.has(pod.uid)) return
    const { podReader, tenantIds } = this.#query
    if (podReader === undefined) return
    this.#deciding.add(pod.uid)
    const decision = await podReader.mayFollow(tenantIds, pod)
    this.#deciding.delete(pod.uid)
    if (this.#closed.signal.aborted) return
    this.#problems.decided(pod, decision)
    if (decision.kind !== 'follow') return
    for (const container of meant)
      if (this.#isNew(pod, container)) this.#follow(pod, container, decision.tenantId)
  }

  #isNew(pod: Pod, { name }: Container): boolean {
    const lane = containerLane(pod.uid, name)
    return !this.#containers.has(lane) && !this.#ended.has(lane)
  }

  #isMeant(pod: Pod, container: Container): boolean {
    const lane = containerLane(pod.uid, container.name)
    const stored = this.#stored.get(lane)
    const { version: rulesVersion } = this.#parts.rules
    const known = this.#verdicts.get(lane)
    if (known?.pod === pod && known.stored === stored && known.rulesVersion === rulesVersion)
      return known.isMeant
    const isMeant = this.#decide(pod, container, stored)
    this.#verdicts.set(lane, { pod, stored, rulesVersion, isMeant })
    return isMeant
  }

  #decide(pod: Pod, { name, current }: Container, stored: StoredContainer | undefined): boolean {
    const { labels } = this.#parts
    const restartCount = current?.restartCount ?? 0
    const resource = stored
      ? labels.ofStored(stored.facts, restartCount)
      : labels.ofPod(pod, name, restartCount)
    return this.#query.isMeant(labels.labelsOf(resource, undefined))
  }

  #follow(pod: Pod, of: Container, tenantId: string): void {
    const lane = containerLane(pod.uid, of.name)
    const stored = this.#stored.get(lane)
    const owned = stored?.tenantId === tenantId ? stored : undefined
    const container = new FeedContainer(pod, of.name, { tenantId, stored: owned }, this.#container)
    const fromSeconds = openingSecond(this.#opening, lane, this.#newest.get(lane))
    const { cluster, namespace, name, uid: podUid } = pod
    const ref: ContainerRef = { cluster, namespace, pod: name, podUid, container: of.name }
    try {
      const opening = { fromSeconds, isWhole: isWhole(of, this.#parts.nowMs()) }
      const followed = this.#parts.session.upstreams.open(ref, opening, container)
      this.#containers.set(lane, container)
      container.begin(followed)
      this.#instances.begin(pod, of.name, this.#isOpen)
    } catch (error) {
      if (!(error instanceof TailRefusal)) throw error
      this.#problems.refused(pod.uid, error.message)
    }
  }

  #leave(container: FeedContainer): void {
    const lane = containerLane(container.pod.uid, container.name)
    if (this.#containers.get(lane) !== container) return
    this.#containers.delete(lane)
    if (this.#parts.session.view.find(container.pod.uid) !== undefined) this.#ended.add(lane)
    this.#instances.end(container.pod, container.name)
    container.release()
  }
}
