import fc from 'fast-check'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import type { LogExpr } from '../../src/query/logql/ast.ts'
import { parse } from '../../src/query/logql/parse.ts'
import { LabelMapping } from '../../src/query/loki/execute/labels.ts'
import { ResourceResolver } from '../../src/store/rows/resources.ts'
import { queryText } from '../../src/tail/feed.ts'
import { nativeFormat } from '../../src/tail/fronts/native-format.ts'
import { TailHub } from '../../src/tail/hub.ts'
import { Readable } from '../../src/tail/receive/readable.ts'
import { LiveLabels } from '../../src/tail/receive/rows.ts'
import { ReceiveSource } from '../../src/tail/receive/source.ts'
import { StoredReader } from '../../src/tail/receive/stored.ts'
import { Upstream } from '../../src/tail/receive/upstream.ts'
import { queryDigest, readResumeToken } from '../../src/tail/resume-token.ts'
import type { ResumePoint, Start } from '../../src/tail/source.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { FakeSocket } from './support/fake-socket.ts'
import { executorOf, NOW_MS, replicasOf, SimGateway, tick } from './support/gateways.ts'
import { type NativeFrame, type NativeLine, nativeLines } from './support/tail-client.ts'

/**
 * Scenario: three gateways take rows of two tenants, commit and insert them whenever they like; viewers come with history, go,
 * and come back with their token, while reads take their time. Guarantee: whatever the order of all that, a viewer gets every
 * line of its query once, and within a gateway in the order of receipt.
 */

const EXPR = parse('{service_name="shop"} |= "x"') as LogExpr
const QUERY = { tenantIds: ['a'], expr: EXPR }

type Op =
  | {
      readonly kind: 'append'
      readonly gateway: number
      readonly rows: ReadonlyArray<readonly ['a' | 'b', boolean]>
      readonly gap: number
    }
  | { readonly kind: 'commit' | 'publish'; readonly gateway: number }
  | { readonly kind: 'insert'; readonly gateway: number; readonly nth: number; readonly count: number }
  | { readonly kind: 'turns'; readonly count: number }
  | { readonly kind: 'poll' }
  | { readonly kind: 'watch' | 'leave' | 'hop'; readonly viewer: number; readonly hub: number }

const gateway = fc.nat(2)
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Op>({ kind: 'poll' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      gateway,
      rows: fc.array(fc.tuple(fc.constantFrom('a' as const, 'b' as const), fc.boolean()), {
        minLength: 1,
        maxLength: 4,
      }),
      gap: fc.nat(2),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const), gateway }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      gateway,
      nth: fc.nat(20),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('publish' as const), gateway }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 12 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('watch' as const, 'leave' as const, 'hop' as const),
      viewer: fc.nat(2),
      hub: fc.nat(1),
    }),
  },
)

/** A client that keeps lines and its last token, and drops what it has already of the time since that token. */
class Client {
  readonly lines: NativeLine[] = []
  socket: FakeSocket | undefined
  point: ResumePoint | undefined
  readonly #sinceToken = new Set<string>()

  watch(hub: TailHub): void {
    const socket = new FakeSocket()
    this.socket = socket
    let read = 0
    socket.on('sent', () => {
      for (const text of socket.sent.slice(read)) this.#take(JSON.parse(text) as NativeFrame)
      read = socket.sent.length
    })
    const start: Start =
      this.point === undefined
        ? { kind: 'history', startNs: 0n, limit: 100_000, isAll: false }
        : { kind: 'resume', ...this.point }
    void hub.watch({
      ...QUERY,
      socket: socket.asSocket,
      format: nativeFormat,
      delayMs: 0,
      requestId: 'r',
      tenants: async () => ['a'],
      start,
    })
  }

  #take(frame: NativeFrame): void {
    for (const line of nativeLines([frame])) {
      const key = `${line.lane} ${line.seq}`
      if (this.#sinceToken.has(key)) continue
      this.#sinceToken.add(key)
      this.lines.push(line)
    }
    expect(frame.type).not.toBe('gap')
    if (frame.resume === undefined) return
    const point = readResumeToken(frame.resume, queryDigest(['a'], queryText(EXPR)))
    if ('problem' in point) throw new Error(point.problem)
    this.point = point
    this.#sinceToken.clear()
  }
}

type SimHub = { readonly hub: TailHub; readonly asked: () => number }
type HubOptions = { readonly lingerMs: number; readonly ringBytesMax: number }

function hubOf(
  gateways: ReadonlyArray<SimGateway>,
  own: number,
  turns: () => number,
  options: HubOptions,
): SimHub {
  const config = defaultConfig()
  const { store, lane: gatewayId } = gateways[own]!
  const resolver = new ResourceResolver({ appIdAttributes: [], retentionDaysOf: () => 30 })
  const labels = new LiveLabels(resolver, new LabelMapping(config.query))
  const runOf = (_: unknown, signal: AbortSignal) => ({ requestId: 'r', signal, limits: config.query })
  const nowMs = (): number => NOW_MS
  const replicas = replicasOf(gateways.filter((_, i) => i !== own))
  const source = new ReceiveSource({
    gatewayId,
    store,
    upstream: new Upstream({ store, gatewayId, labels, ...options }),
    stored: new StoredReader(executorOf(gateways, turns), runOf, 2),
    readable: new Readable(store, 1),
    replicas,
    pollMs: 1,
    linesMax: 100_000,
    catchUpMsMax: 60_000,
    nowMs,
    failed: (error) => {
      throw error
    },
  })
  const log = pino({ level: 'silent' })
  const hub = new TailHub(config.tail, { sources: [source], metrics: createMetrics(), log, nowMs })
  return { hub, asked: replicas.asked }
}

class World {
  readonly gateways = [new SimGateway('own'), new SimGateway('ahead', 5000), new SimGateway('behind', -5000)]
  readonly clients = [new Client(), new Client(), new Client()]
  /** Of two replicas, behind one address. */
  readonly #hubs: ReadonlyArray<SimHub>
  #time = 0n

  constructor(turns: () => number, options: HubOptions) {
    this.#hubs = [0, 1].map((own) => hubOf(this.gateways, own, turns, options))
  }

  async run(operation: Op): Promise<void> {
    if (operation.kind === 'poll') {
      await this.polled(1)
      return
    }
    if (operation.kind === 'turns') {
      for (let i = 0; i < operation.count; i++) await tick()
      return
    }
    if ('viewer' in operation) {
      this.#viewer(operation.kind, this.clients[operation.viewer]!, this.#hubs[operation.hub]!.hub)
      return
    }
    const at = this.gateways[operation.gateway]!
    if (operation.kind === 'commit') at.commit()
    else if (operation.kind === 'publish') at.publish()
    else if (operation.kind === 'insert') at.insert(operation.nth, operation.count)
    else if (operation.kind === 'append')
      at.append(
        operation.rows.map(([tenantId, isWanted]) => {
          const timeNs = BigInt(NOW_MS - 30_000) * 1_000_000n + this.#time++
          return { tenantId, body: `${isWanted ? 'x' : 'y'}${this.#time}`, timeNs }
        }),
        operation.gap,
      )
  }

  #viewer(kind: 'watch' | 'leave' | 'hop', client: Client, hub: TailHub): void {
    const isOpen = client.socket !== undefined && client.socket.readyState === 1
    if (kind === 'leave') client.socket?.close()
    // Cut off, and back at once, perhaps at the other replica.
    else if (kind === 'hop' && isOpen && client.point !== undefined) {
      client.socket?.close()
      client.watch(hub)
    }
    // Who left without ever having got a token begins anew elsewhere; this one stays away.
    else if (!isOpen && (client.socket === undefined || client.point !== undefined)) client.watch(hub)
  }

  /** Resolves when every hub that polls has done so. */
  async polled(times: number): Promise<void> {
    const due = this.#hubs.map(({ hub, asked }) => ({ hub, asked, from: asked() }))
    for (const { hub, asked, from } of due)
      while (hub.counts.feeds > 0 && asked() < from + times + 1)
        await new Promise((resolve) => setTimeout(resolve, 1))
  }

  wanted(): string[] {
    return this.gateways
      .flatMap(({ rows }) => rows)
      .filter(({ tenantId, body }) => tenantId === 'a' && body.startsWith('x'))
      .map(({ lane, seq }) => `${lane} ${seq}`)
      .sort()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#hubs.map(({ hub }) => hub.stop()))
    for (const { hub } of this.#hubs) expect(hub.counts).toEqual({ viewers: 0, feeds: 0, watched: 0 })
  }

  /** Everything becomes durable, readable and known; then all who watch must have all. */
  async settle(): Promise<void> {
    for (const each of this.gateways) {
      each.commit()
      each.insertAll()
      each.publish()
    }
    for (const client of this.clients)
      if (client.point !== undefined) this.#viewer('watch', client, this.#hubs[0]!.hub)
    const count = this.wanted().length
    const isDone = ({ socket, lines }: Client): boolean => socket?.readyState !== 1 || lines.length >= count
    const deadline = Date.now() + 3000
    while (!this.clients.every(isDone) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 1))
    // Whatever would come twice comes now.
    await this.polled(3)
  }
}

describe('the seam between history and live', () => {
  it('gives every line once, whatever happens when', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(op, { minLength: 5, maxLength: 60, size: 'max' }),
        fc.infiniteStream(fc.nat(3)),
        fc.record({ lingerMs: fc.constantFrom(0, 60_000), ringBytesMax: fc.constantFrom(1, 2000, 1 << 20) }),
        async (operations, delays, options) => {
          const world = new World(() => delays.next().value, options)
          try {
            for (const operation of operations) await world.run(operation)
            await world.settle()
            for (const { lines, socket } of world.clients) {
              if (socket?.readyState !== 1) continue
              expect(lines.map(({ lane, seq }) => `${lane} ${seq}`).sort()).toEqual(world.wanted())
              for (const { lane } of world.gateways) {
                const seqs = lines.filter((line) => line.lane === lane).map(({ seq }) => BigInt(seq))
                expect(seqs).toEqual(seqs.toSorted((a, b) => (a < b ? -1 : 1)))
              }
            }
          } finally {
            await world.stop()
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})
