import { newBatch, scanRequest } from '../../../src/otlp/scan/index.ts'
import type { LogExpr } from '../../../src/query/logql/ast.ts'
import { NO_LABELS, timeWords } from '../../../src/query/logql/record.ts'
import type { SeqBounds } from '../../../src/query/loki/execute/seq-bounds.ts'
import type { Entry, LogsQuery, LokiExecutor } from '../../../src/query/loki/execute/types.ts'
import { sequenceAt } from '../../../src/store/spool/sequence.ts'
import type { ObservedRows, Observer } from '../../../src/store/store.ts'
import type { Replicas } from '../../../src/tail/receive/replicas.ts'
import type { ReceivingStore } from '../../../src/tail/receive/upstream.ts'
import { encodeLogsRequest, stringAttributes } from '../../otlp/proto.ts'
import { oneOutcome } from '../../otlp/scan-outcomes.ts'
import { LIMITS } from '../../store/support/store-harness.ts'

export type SimRow = {
  readonly lane: string
  readonly seq: bigint
  readonly tenantId: string
  readonly body: string
  readonly timeNs: bigint
}

const START_MS = 1_800_000_000_000

export const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * One gateway as the tail sees it: rows join a commit, become durable, are inserted in any order, and a watermark says up to
 * where all are. No spool, no ClickHouse: what happens when is the test's to say.
 */
export class SimGateway {
  readonly lane: string
  readonly rows: SimRow[] = []
  readonly inserted = new Set<SimRow>()
  /** As the watermark that was published last says. */
  publishedOldest: bigint | undefined
  #next: bigint
  #open: Array<{ readonly rows: SimRow[]; readonly observed: ObservedRows | undefined }> = []
  readonly #observers = new Set<Observer>()

  constructor(lane: string, skewMs = 0) {
    this.lane = lane
    this.#next = sequenceAt(START_MS + skewMs)
  }

  /** One request joins the open commit. A gap before it: rows of other signals are numbered too. */
  append(
    sent: ReadonlyArray<{ readonly tenantId: string; readonly body: string; readonly timeNs: bigint }>,
    gap: number,
  ): void {
    this.#next += BigInt(gap)
    const rows = sent.map((row, i) => ({ ...row, lane: this.lane, seq: this.#next + BigInt(i) }))
    this.#next += BigInt(rows.length)
    this.rows.push(...rows)
    this.#open.push({ rows, observed: this.#observers.size > 0 ? observedOf(rows) : undefined })
  }

  /** The open commit becomes durable. */
  commit(): void {
    for (const { observed } of this.#open.splice(0))
      if (observed !== undefined) for (const observer of this.#observers) observer(observed)
  }

  /** The nth of the durable rows that wait, and those beside it. */
  insert(nth: number, count: number): void {
    // As a gateway does before its first insert.
    if (this.publishedOldest === undefined) this.publish()
    const waiting = this.#waiting()
    const at = waiting.length === 0 ? 0 : nth % waiting.length
    for (const row of waiting.slice(at, at + count)) this.inserted.add(row)
  }

  insertAll(): void {
    if (this.publishedOldest === undefined) this.publish()
    for (const row of this.#waiting()) this.inserted.add(row)
  }

  get observers(): number {
    return this.#observers.size
  }

  publish(): void {
    this.publishedOldest = this.store.watermark.oldestSeq
  }

  get store(): ReceivingStore {
    const watermark = () => {
      const oldest = this.rows.find((row) => !this.inserted.has(row))
      return { nextSeq: this.#next, oldestSeq: oldest?.seq ?? this.#next, oldestTimeMs: 0 }
    }
    return {
      get watermark() {
        return watermark()
      },
      observe: (_signal, observer) => {
        this.#observers.add(observer)
        return () => this.#observers.delete(observer)
      },
    }
  }

  #waiting(): SimRow[] {
    const open = new Set(this.#open.flatMap(({ rows }) => rows))
    return this.rows.filter((row) => !this.inserted.has(row) && !open.has(row))
  }
}

function observedOf(rows: ReadonlyArray<SimRow>): ObservedRows {
  const batch = newBatch('logs')
  const tenants = [...new Set(rows.map(({ tenantId }) => tenantId))]
  const order = tenants.flatMap((tenantId) => rows.filter((row) => row.tenantId === tenantId))
  const bytes = encodeLogsRequest({
    resourceLogs: tenants.map((tenantId) => ({
      resource: { attributes: stringAttributes({ 'service.name': 'shop' }) },
      scopeLogs: [
        {
          logRecords: rows
            .filter((row) => row.tenantId === tenantId)
            .map(({ body, timeNs }) => ({ timeUnixNano: timeNs, body: { stringValue: body } })),
        },
      ],
    })),
  })
  scanRequest(batch, bytes, LIMITS, oneOutcome(1))
  batch.tenants.push(...tenants)
  for (let i = 0; i < tenants.length; i++) batch.resources.data[i * batch.resources.stride + 5] = i
  const seq = new Uint32Array(2 * rows.length)
  order.forEach((row, i) => {
    seq[2 * i] = Number(row.seq & 0xffffffffn)
    seq[2 * i + 1] = Number(row.seq >> 32n)
  })
  return { batch, seq }
}

/** Counts how often it was asked: a poll asks each time. */
export function replicasOf(gateways: ReadonlyArray<SimGateway>): Replicas & { readonly asked: () => number } {
  let asked = 0
  return {
    asked: () => asked,
    async marks() {
      asked++
      await tick()
      return gateways.flatMap(({ lane, publishedOldest }) =>
        publishedOldest === undefined ? [] : [{ gatewayId: lane, oldestSeq: publishedOldest }],
      )
    },
  }
}

function isWithin(bounds: SeqBounds | undefined, { lane, seq }: SimRow): boolean {
  if (bounds === undefined) return true
  if ('within' in bounds)
    return bounds.within.some(({ gatewayId, from, to }) => gatewayId === lane && seq >= from && seq < to)
  return seq < (bounds.before.get(lane) ?? bounds.otherwise)
}

/**
 * Reads what was inserted when it looks, some turns after it was asked, and answers some turns later. It knows one query:
 * lines with an "x".
 */
export function executorOf(gateways: ReadonlyArray<SimGateway>, turns: () => number): LokiExecutor {
  async function* runLogs(query: LogsQuery): AsyncGenerator<Entry[], void, undefined> {
    for (let i = turns(); i > 0; i--) await tick()
    const found = gateways
      .flatMap(({ inserted }) => [...inserted])
      .filter((row) => query.tenantIds.includes(row.tenantId) && row.body.includes('x'))
      .filter(
        (row) => row.timeNs >= query.startNs && row.timeNs < query.endNs && isWithin(query.received, row),
      )
      .sort((a, b) => (a.timeNs === b.timeNs ? Number(a.seq - b.seq) : Number(a.timeNs - b.timeNs)))
    if (query.direction === 'backward') found.reverse()
    for (let i = turns(); i > 0; i--) await tick()
    yield found.slice(0, query.limit).map(entryOf)
  }
  return { runLogs: (query: LogsQuery) => runLogs(query) } as unknown as LokiExecutor
}

function entryOf({ lane, seq, tenantId, body, timeNs }: SimRow): Entry {
  const position = { timestamp: timeNs, seq, gatewayId: lane }
  const labels = { stream: new Map([['service_name', 'shop']]), metadata: NO_LABELS, parsed: NO_LABELS }
  return { ...timeWords(timeNs), line: body, ...labels, tenantId, position, row: undefined }
}

export const NOW_MS = START_MS + 60_000
export type { LogExpr }
