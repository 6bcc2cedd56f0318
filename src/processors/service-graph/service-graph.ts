import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { RESOURCE, SPAN } from '../../otlp/slots.ts'
import { findAttribute, ValueText } from '../attribute-rows.ts'
import { CommittedCounts } from '../committed-counts.ts'
import { Counter } from '../counted-series/counter.ts'
import { durationSeconds } from '../counted-series/seconds.ts'
import { NO_ENTRY } from '../keyed/key-table.ts'
import type { CommitNote, Deps, Processor, RuleCounts } from '../processor.ts'
import type { ServiceGraphConfig } from './config.ts'
import {
  DATABASE,
  Edges,
  edgeLayout,
  MESSAGING,
  OF_CLIENT,
  OF_SERVER,
  PLAIN,
  UNTOLD,
  VIRTUAL_NODE,
} from './edges.ts'
import { Names } from './names.ts'
import { CLIENT, SERVER, WaitingHalves } from './waiting-halves.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['traces'])
const SWEEP_MS = 1000
const ERROR = 2
/** Span.SpanKind. */
const KIND = { server: 2, client: 3, producer: 4, consumer: 5 } as const
const SERVICE_NAME = Buffer.from('service.name')
const DATABASE_SYSTEMS = [Buffer.from('db.system.name'), Buffer.from('db.system')]
/** Who calls where no client is told: the collector's word. */
const USER = Buffer.from('user')
const EDGES = 0
const UNPAIRED = 1
const NO_ROOM = 2
const RULES = [
  ['edges', 'calls that were counted'],
  ['unpaired', 'halves of calls whose other half did not come in time'],
  ['no_room', 'halves of calls that had no room to wait'],
] as const

/**
 * Calls between services, from the spans of both sides. Drops and changes nothing. A call is counted in the commit of its second half; a peer that sends no spans is
 * known from the client's attributes.
 */
export class ServiceGraph implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #config: ServiceGraphConfig
  readonly #deps: Deps
  readonly #counter: Counter
  readonly #names = new Names()
  readonly #user = this.#names.of(USER, 0, USER.length)
  readonly #edges: Edges
  readonly #halves: WaitingHalves
  readonly #counts = new CommittedCounts(RULES.length)
  readonly #peerKeys: ReadonlyArray<Buffer>
  readonly #text = new ValueText()
  #commitCounts: Float64Array = new Float64Array(RULES.length)
  #sweepMs = 0

  constructor(name: string, config: ServiceGraphConfig, deps: Deps) {
    this.name = name
    this.#config = config
    this.#deps = deps
    this.#counter = new Counter({ name, layout: edgeLayout(config.bounds), ...config }, deps)
    this.#edges = new Edges(this.#counter, this.#names, config.bounds)
    this.#halves = new WaitingHalves(config.waitingMax)
    this.#peerKeys = config.peerAttributes.map((key) => Buffer.from(key))
  }

  process(batch: Batch, commit: number): void {
    const { verdicts } = batch
    const { count, data } = batch.records
    const nowMs = this.#deps.nowMs()
    this.#commitCounts = this.#counts.of(commit)
    this.#counter.series.begin(commit)
    this.#halves.begin(commit, nowMs + this.#config.waitMs)
    if (nowMs >= this.#sweepMs) this.#sweep(nowMs)
    let resource = -1
    let owner = 0
    let service = NO_ENTRY
    for (let record = 0, base = 0; record < count; record++, base += SPAN.stride) {
      if (verdicts[record] !== KEPT || data[base + SPAN.kind]! < KIND.server) continue
      if (data[base + SPAN.resource] !== resource) {
        resource = data[base + SPAN.resource]!
        owner = this.#counter.ownerOf(batch.tenantOf(record))
        service = this.#serviceOf(batch, resource)
      }
      if (service !== NO_ENTRY) this.#take(batch, base, owner, service)
    }
    this.#text.clear()
    this.#names.release()
  }

  #take(batch: Batch, base: number, owner: number, service: number): void {
    const { data } = batch.records
    const kind = data[base + SPAN.kind]!
    const failed = data[base + SPAN.statusCode] === ERROR
    const { seconds } = this.#edges
    seconds[OF_CLIENT] = UNTOLD
    seconds[OF_SERVER] = UNTOLD
    if (kind === KIND.client || kind === KIND.producer) {
      const peer = this.#peerOf(batch, base)
      if (kind === KIND.client && peer !== NO_ENTRY && this.#isDatabase(batch, base)) {
        seconds[OF_CLIENT] = durationSeconds(data, base)
        this.#count(owner, service, peer, DATABASE, failed)
      } else if (data[base + SPAN.spanIdLength] !== 0 && data[base + SPAN.traceIdLength] !== 0)
        this.#meet(batch, base, data[base + SPAN.spanIdStart]!, CLIENT, owner, service, peer)
    } else if (data[base + SPAN.parentSpanIdLength] !== 0 && data[base + SPAN.traceIdLength] !== 0)
      this.#meet(batch, base, data[base + SPAN.parentSpanIdStart]!, SERVER, owner, service, NO_ENTRY)
    else if (kind === KIND.server) {
      seconds[OF_SERVER] = durationSeconds(data, base)
      this.#count(owner, this.#user, service, VIRTUAL_NODE, failed)
    }
  }

  /** One half of a call: counts the call if the other half waits, else waits. */
  #meet(
    batch: Batch,
    base: number,
    spanIdStart: number,
    side: number,
    owner: number,
    service: number,
    peer: number,
  ): void {
    const { data } = batch.records
    const halves = this.#halves
    const kind = data[base + SPAN.kind]!
    const failed = data[base + SPAN.statusCode] === ERROR
    let entry = halves.find(batch.bytes, data[base + SPAN.traceIdStart]!, spanIdStart, owner)
    if (entry !== NO_ENTRY && halves.isUsed(entry)) {
      this.#commitCounts[UNPAIRED]!++
      return
    }
    if (entry !== NO_ENTRY && halves.side[entry] !== side) {
      const isClient = side === CLIENT
      const client = isClient ? service : halves.service[entry]!
      const server = isClient ? halves.service[entry]! : service
      const type = kind >= KIND.producer || halves.messaging[entry] === 1 ? MESSAGING : PLAIN
      const { seconds } = this.#edges
      seconds[isClient ? OF_CLIENT : OF_SERVER] = durationSeconds(data, base)
      seconds[isClient ? OF_SERVER : OF_CLIENT] = halves.seconds[entry]!
      this.#count(owner, client, server, type, failed || halves.failed[entry] === 1)
      halves.use(entry)
      return
    }
    if (entry === NO_ENTRY) entry = halves.add(owner)
    if (entry === NO_ENTRY) {
      this.#commitCounts[NO_ROOM]!++
      return
    }
    halves.side[entry] = side
    halves.service[entry] = service
    halves.peer[entry] = peer
    halves.failed[entry] = failed ? 1 : 0
    halves.messaging[entry] = kind >= KIND.producer ? 1 : 0
    halves.seconds[entry] = durationSeconds(data, base)
  }

  /** Halves that waited in vain: of a client's the peer may be known, others are given up. */
  #sweep(nowMs: number): void {
    const halves = this.#halves
    this.#sweepMs = nowMs + SWEEP_MS
    halves.overdue(nowMs, (entry) => {
      const [owner, service, peer] = [halves.owner[entry]!, halves.service[entry]!, halves.peer[entry]!]
      const failed = halves.failed[entry] === 1
      halves.use(entry)
      if (halves.side[entry] === CLIENT && peer !== NO_ENTRY) {
        this.#edges.seconds[OF_CLIENT] = halves.seconds[entry]!
        this.#edges.seconds[OF_SERVER] = UNTOLD
        this.#count(owner, service, peer, VIRTUAL_NODE, failed)
      } else this.#commitCounts[UNPAIRED]!++
    })
  }

  /** As long as `seconds` of the edges say. */
  #count(owner: number, client: number, server: number, type: number, failed: boolean): void {
    const isCounted = this.#edges.count(owner, client, server, type, failed)
    this.#commitCounts[isCounted ? EDGES : NO_ROOM]!++
  }

  #serviceOf(batch: Batch, resource: number): number {
    const { data } = batch.resources
    const at = resource * RESOURCE.stride
    const first = data[at + RESOURCE.attributesFirst]!
    return this.#nameAt(
      batch,
      findAttribute(batch, first, data[at + RESOURCE.attributesCount]!, SERVICE_NAME),
    )
  }

  #peerOf(batch: Batch, base: number): number {
    const { data } = batch.records
    const first = data[base + SPAN.attributesFirst]!
    const count = data[base + SPAN.attributesCount]!
    for (let i = 0; i < this.#peerKeys.length; i++) {
      const row = findAttribute(batch, first, count, this.#peerKeys[i]!)
      if (row >= 0) return this.#nameAt(batch, row)
    }
    return NO_ENTRY
  }

  #isDatabase(batch: Batch, base: number): boolean {
    const { data } = batch.records
    const first = data[base + SPAN.attributesFirst]!
    const count = data[base + SPAN.attributesCount]!
    for (let i = 0; i < DATABASE_SYSTEMS.length; i++)
      if (findAttribute(batch, first, count, DATABASE_SYSTEMS[i]!) >= 0) return true
    return false
  }

  #nameAt(batch: Batch, row: number): number {
    if (row < 0) return NO_ENTRY
    const text = this.#text
    text.read(batch, row)
    return text.start === text.end ? NO_ENTRY : this.#names.of(text.bytes, text.start, text.end)
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
    this.#halves.committed(commit)
    this.#counter.committed(commit)
  }

  refused(commit: number): void {
    this.#counts.refused(commit)
    this.#halves.refused(commit)
    this.#counter.refused(commit)
  }

  note(commit: number): CommitNote | undefined {
    return this.#counter.note(commit)
  }

  recall(notes: ReadonlyArray<string>): void {
    this.#counter.recall(notes)
  }

  tick(): void {
    this.#counter.tick()
  }

  flush(): void {
    this.#counter.flush()
  }

  rules(): ReadonlyArray<RuleCounts> {
    const { totals } = this.#counts
    return RULES.map(([rule, condition], i) => ({
      rule,
      condition,
      dryRun: false,
      matched: totals[i]!,
      failed: 0,
    }))
  }
}
