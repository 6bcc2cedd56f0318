import { timeWords } from '../../query/logql/record.ts'
import type { ResourceLabels } from '../../query/loki/execute/labels.ts'
import type { GapReason, InstanceRef } from '../kubernetes/contract.ts'
import type { Pod } from '../kubernetes/pods/pod.ts'
import type { Positions, TailEntry } from '../line.ts'
import type { LineRules } from '../rules/line-rules.ts'
import { Hole } from '../seam/holes/hole.ts'
import type { ViewerSeam } from '../seam/viewer-seam.ts'
import type { FeedQuery, FeedSink } from '../source.ts'
import type { ContainerLabels, ContainerResource } from './container-labels.ts'
import type { ContainerUpstream, MissingLines, UpstreamListener } from './follow/container-upstream.ts'
import { type LineChunk, stampAt, textAt } from './follow/line-chunk.ts'
import type { StoredContainer } from './stored/stored-containers.ts'

const NOTHING: Positions = new Map()

const REASONS: Readonly<Record<GapReason, string>> = {
  rotated: 'The kubelet rotated the log away before it was read; the lines follow once they are stored.',
  restarted:
    'The container restarted before its log was read to the end; the lines follow once they are stored.',
  gone: 'The pod went before its log was read to the end; the lines follow once they are stored.',
  unreadable: 'The kubelet can not read the log; the lines follow once they are stored.',
}

export type FeedContainerParts = {
  readonly query: FeedQuery
  readonly sink: FeedSink
  readonly labels: ContainerLabels
  readonly rules: LineRules
  readonly onEnd: (container: FeedContainer) => void
}

type Shown = { readonly resource: ContainerResource; readonly labels: ResourceLabels }

/** One container in one feed: its lines as the query sees them. */
export class FeedContainer implements UpstreamListener {
  readonly pod: Pod
  readonly name: string
  readonly #tenantId: string
  readonly #parts: FeedContainerParts
  #stored: StoredContainer | undefined
  #followed: { readonly upstream: ContainerUpstream; readonly release: () => void } | undefined
  #shown: { readonly restartCount: number; readonly rulesVersion: object; readonly shown: Shown } | undefined

  constructor(
    pod: Pod,
    name: string,
    owner: { readonly tenantId: string; readonly stored: StoredContainer | undefined },
    parts: FeedContainerParts,
  ) {
    this.pod = pod
    this.name = name
    this.#tenantId = owner.tenantId
    this.#stored = owner.stored
    this.#parts = parts
  }

  get isLabelledAsStored(): boolean {
    return this.#stored !== undefined
  }

  /** From now on labelled so; entries that were made before keep their labels. */
  labelAs(stored: StoredContainer): void {
    if (stored.facts === this.#stored?.facts) return
    this.#stored = stored
    this.#shown = undefined
  }

  begin(followed: { readonly upstream: ContainerUpstream; readonly release: () => void }): void {
    this.#followed = followed
    for (const viewer of this.#parts.query.seam.viewers) this.adopt(viewer)
  }

  get upstream(): ContainerUpstream | undefined {
    return this.#followed?.upstream
  }

  release(): void {
    this.#followed?.release()
    this.#followed = undefined
  }

  /** From here on the viewer gets the container's lines. */
  adopt(viewer: ViewerSeam): void {
    const upstream = this.#followed?.upstream
    if (upstream === undefined) return
    const { sink } = this.#parts
    viewer.adopt(upstream, (hole) => sink.hole(hole, viewer))
    if (upstream.missing !== undefined) this.#open(upstream, upstream.missing, viewer)
  }

  lines(chunk: LineChunk): void {
    const { query, sink } = this.#parts
    if (query.seam.viewers.size === 0) return
    const entries = this.entries(chunk)
    if (entries.length > 0) sink.entries(entries, NOTHING)
  }

  missing(lines: MissingLines): void {
    if (this.#followed !== undefined) this.#open(this.#followed.upstream, lines, undefined)
  }

  ended(): void {
    this.#parts.onEnd(this)
  }

  /** What the query keeps of some lines. */
  entries({ batch, seqs }: LineChunk): TailEntry[] {
    const { query, labels, rules } = this.#parts
    const upstream = this.#followed?.upstream
    if (upstream === undefined) return []
    const { resource, labels: ofResource } = this.#shownAs(batch.instance)
    const outcomes = rules.apply(resource.attributes, batch)
    const entries: TailEntry[] = []
    for (let i = 0; i < batch.count; i++) {
      const changed = outcomes?.changed?.[i]
      const line = changed?.body ?? textAt(batch, i)
      const stampNs = stampAt(batch, i)
      const record = {
        ...timeWords(stampNs),
        line,
        stream: ofResource.stream,
        metadata: labels.metadataOf(line, changed, ofResource),
        tenantId: this.#tenantId,
        lane: upstream.lane,
        seq: seqs[i]!,
        droppedBy: outcomes?.droppedBy?.[i],
      }
      const entry = query.evaluate(record, { container: upstream.lane, stampNs, side: 'live' })
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  #shownAs({ restartCount }: InstanceRef): Shown {
    const { labels, query, rules } = this.#parts
    const { version: rulesVersion } = rules
    if (this.#shown?.restartCount === restartCount && this.#shown.rulesVersion === rulesVersion)
      return this.#shown.shown
    const resource =
      this.#stored === undefined
        ? labels.ofPod(this.pod, this.name, restartCount)
        : labels.ofStored(this.#stored.facts, restartCount)
    const shown = {
      resource,
      labels: labels.labelsOf(resource, query.labelTenants ? this.#tenantId : undefined),
    }
    this.#shown = { restartCount, rulesVersion, shown }
    return shown
  }

  #open(upstream: ContainerUpstream, lines: MissingLines, viewer: ViewerSeam | undefined): void {
    const { fromNs, endNs, reason, afterNs } = lines
    const { seam } = this.#parts.query
    // Who wants no past misses nothing that nobody saw.
    if (reason === undefined && ![...seam.viewers].some(({ wantsPast }) => wantsPast)) return
    const hole = new Hole({
      lane: upstream.lane,
      fromNs,
      endNs,
      reason: reason && REASONS[reason],
      afterNs,
      isEndExact: false,
    })
    upstream.edge(hole)
    this.#parts.sink.hole(hole, viewer)
  }
}
