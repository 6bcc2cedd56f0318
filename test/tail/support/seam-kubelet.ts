import { defaultConfig } from '../../../src/config/schema.ts'
import { LabelMapping } from '../../../src/query/loki/execute/labels.ts'
import { ResourceResolver } from '../../../src/store/rows/resources.ts'
import { backlogOf } from '../../../src/tail/cluster/backlog.ts'
import { ContainerLabels } from '../../../src/tail/cluster/container-labels.ts'
import { FeedContainer } from '../../../src/tail/cluster/feed-container.ts'
import { ContainerUpstream, LEAD_SECONDS } from '../../../src/tail/cluster/follow/container-upstream.ts'
import { openingSecond } from '../../../src/tail/cluster/opening.ts'
import type { Stamp } from '../../../src/tail/kubernetes/contract.ts'
import type { Pod } from '../../../src/tail/kubernetes/pods/pod.ts'
import { LineRules } from '../../../src/tail/rules/line-rules.ts'
import { containerLane } from '../../../src/tail/seam/container-lines.ts'
import type { FeedQuery, FeedSink, SourceFeed, Start, TailSource } from '../../../src/tail/source.ts'
import { build } from '../../processors/filter/build.ts'
import { testDeps } from '../../processors/kit.ts'
import { lineBatch } from './line-batch.ts'
import type { ModelLine } from './seam-rows.ts'

const UID = '11111111-2222-4333-8444-555555555555'
const POD: Pod = {
  cluster: 'test',
  namespace: 'shop',
  name: 'shop-0',
  uid: UID,
  createdAt: undefined,
  node: 'node',
  labels: {},
  owner: undefined,
  ended: false,
  containers: [],
}
const REF = { cluster: 'test', namespace: 'shop', pod: 'shop-0', podUid: UID, container: 'app' }
const INSTANCE = { id: 'containerd://1', restartCount: 0 }
const NO_SEQ = 2n ** 64n - 1n

export const LANE = containerLane(UID, 'app')

export type KubeletOptions = {
  readonly marginMs: number
  readonly ringBytesMax: number
  readonly lingers: boolean
  readonly nowMs: number
}

/** The container's log as files: only the newest can be read. */
export class ModelLog {
  readonly written: ModelLine[] = []
  #file: ModelLine[] = []
  generation = 0

  get file(): ReadonlyArray<ModelLine> {
    return this.#file
  }

  write(line: ModelLine): void {
    this.written.push(line)
    this.#file.push(line)
  }

  rotate(): void {
    this.generation++
    this.#file = []
  }
}

type Follow = {
  readonly upstream: ContainerUpstream
  readonly fromSeconds: number
  isConnected: boolean
  generation: number
  /** Of its generation's file, read so many lines. */
  at: number
  last: ModelLine | undefined
  isTorn: boolean
}

/** The container as the tailer of one gateway brings it: what happens when is the test's to say. */
export class ModelKubelet implements TailSource {
  readonly name = 'cluster'
  readonly hasContainers = true
  readonly about = {}
  readonly #log: ModelLog
  readonly #newest: () => bigint | undefined
  readonly #options: KubeletOptions
  readonly #parts: { readonly labels: ContainerLabels; readonly rules: LineRules }
  #follow: Follow | undefined

  constructor(log: ModelLog, newest: () => bigint | undefined, options: KubeletOptions) {
    this.#log = log
    this.#newest = newest
    this.#options = options
    const rules = new LineRules({ pipeline: build({}, testDeps()) })
    const resolver = new ResourceResolver({ appIdAttributes: [], retentionDaysOf: () => 30 })
    const mapping = new LabelMapping(defaultConfig().query)
    this.#parts = { rules, labels: new ContainerLabels(mapping, resolver, rules) }
  }

  follow(query: FeedQuery, sink: FeedSink, start: Start): SourceFeed {
    const of = { tenantId: 'a', stored: undefined }
    const container = new FeedContainer(POD, 'app', of, { query, sink, ...this.#parts, onEnd: () => {} })
    const { upstream } = this.#opened(start)
    const forget = upstream.listen(container)
    container.begin({ upstream, release: forget })
    return {
      ready: Promise.resolve(),
      base: NO_SEQ,
      positions: () => new Map(),
      join(_start, seam) {
        container.adopt(seam)
        return { backlog: backlogOf([], [container], seam), told: new Map() }
      },
      close: () => {
        container.release()
        if (!this.#options.lingers) this.#follow = undefined
      },
    }
  }

  stop(): void {}

  /** At most so many lines come. */
  deliver(count: number): void {
    const follow = this.#follow
    if (follow === undefined) return
    this.#connect(follow)
    const file = this.#log.file.slice(follow.at, follow.at + count)
    follow.at += file.length
    const lines = file.filter(({ ns }) => Number(ns / 1_000_000_000n) >= follow.fromSeconds - LEAD_SECONDS)
    if (lines.length === 0) return
    if (follow.isTorn)
      follow.upstream.gap({
        instance: INSTANCE,
        reason: 'rotated',
        from: follow.last && stampOf(follow.last),
        to: stampOf(lines[0]!),
      })
    follow.isTorn = false
    follow.upstream.lines(lineBatch(lines.map((line) => ({ text: line.text, ...stampOf(line) }))))
    follow.last = lines.at(-1)
  }

  /** Will it bring this line, which it has not brought yet? */
  owes(line: ModelLine): boolean {
    const follow = this.#follow
    if (follow === undefined) return false
    const at = follow.generation === this.#log.generation ? follow.at : 0
    return this.#log.file.indexOf(line) >= at
  }

  /** In all this time no line has come. */
  silent(): void {
    this.#follow?.upstream.silent()
  }

  cut(): void {
    if (this.#follow !== undefined) this.#follow.isConnected = false
  }

  /** Before the log is rotated: who is connected reads the file to its end. */
  beforeRotation(): void {
    if (this.#follow?.isConnected) this.deliver(Number.POSITIVE_INFINITY)
  }

  #connect(follow: Follow): void {
    follow.isConnected = true
    if (follow.generation === this.#log.generation) return
    follow.generation = this.#log.generation
    follow.at = 0
    follow.isTorn ||= follow.last !== undefined
  }

  afterRotation(): void {
    const follow = this.#follow
    if (follow?.isConnected !== true) return
    follow.generation = this.#log.generation
    follow.at = 0
  }

  #opened(start: Start): Follow {
    const { ringBytesMax, marginMs, nowMs } = this.#options
    const fromSeconds = openingSecond({ start, beganMs: nowMs, marginMs }, LANE, this.#newest())
    this.#follow ??= {
      upstream: new ContainerUpstream({ ref: REF, fromSeconds, isWhole: false, ringBytesMax }),
      fromSeconds,
      isConnected: false,
      generation: this.#log.generation,
      at: 0,
      last: undefined,
      isTorn: false,
    }
    return this.#follow
  }
}

const stampOf = ({ ns }: ModelLine): Stamp => ({
  seconds: Number(ns / 1_000_000_000n),
  nanos: Number(ns % 1_000_000_000n),
})
