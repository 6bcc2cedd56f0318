import { defaultConfig } from '../../../src/config/schema.ts'
import type { LogExpr } from '../../../src/query/logql/ast.ts'
import { parse } from '../../../src/query/logql/parse.ts'
import { Feed, queryText } from '../../../src/tail/feed.ts'
import { nativeFormat } from '../../../src/tail/fronts/native-format.ts'
import { queryDigest, readResumeToken } from '../../../src/tail/resume-token.ts'
import type { Start } from '../../../src/tail/source.ts'
import { Viewer } from '../../../src/tail/viewers/viewer.ts'
import { FakeSocket } from './fake-socket.ts'
import { tick } from './gateways.ts'
import { allLines } from './scene.ts'
import { type KubeletOptions, LANE, ModelKubelet, ModelLog } from './seam-kubelet.ts'
import { type ModelLine, ModelRows, ModelStore } from './seam-rows.ts'
import type { NativeFrame } from './tail-client.ts'

const NOW_MS = 1_800_000_000_000
const FIRST_NS = BigInt(NOW_MS - 600_000) * 1_000_000n
const SECOND_NS = 1_000_000_000n
const EXPR = parse('{pod="shop-0"} |= "x"') as LogExpr
const KEY = { tenantIds: ['a'], expr: EXPR }
const DIGEST = queryDigest(KEY.tenantIds, queryText(EXPR))

export const GATEWAYS = ['g0', 'g1'] as const
export const VIEWERS = 3

type KubeletOp = {
  readonly kind: 'deliver' | 'silent' | 'cut'
  readonly gateway: number
  readonly count: number
}

export type SeamOp =
  | { readonly kind: 'write'; readonly stepMs: number; readonly isWanted: boolean }
  | { readonly kind: 'rotate' | 'heartbeat' }
  | KubeletOp
  | { readonly kind: 'collect' | 'poll'; readonly gateway: number; readonly nth: number }
  | { readonly kind: 'read'; readonly nth: number }
  | { readonly kind: 'come' | 'leave'; readonly viewer: number; readonly gateway: number }

type Gap = { readonly fromNs: bigint; readonly toNs: bigint }
type Open = { readonly feed: Feed; readonly viewer: Viewer; readonly socket: FakeSocket }

/** Keeps what it was told up to its last token. */
class Client {
  readonly told: string[] = []
  readonly gaps: Gap[] = []
  token: string | undefined
  hasLeft = false
  open: Open | undefined
  #since: NativeFrame[] = []

  take(frame: NativeFrame): void {
    this.#since.push(frame)
    if (frame.resume === undefined) return
    this.token = frame.resume
    this.told.push(...allLines(this.#since).map(({ body }) => body))
    for (const { type, fromNs, toNs } of this.#since)
      if (type === 'gap') this.gaps.push({ fromNs: BigInt(String(fromNs)), toNs: BigInt(String(toNs)) })
    this.#since = []
  }

  left(): void {
    this.#since = []
    this.hasLeft = true
    this.open = undefined
  }
}

/** A container, its log, two gateways and some viewers of it: nothing happens that the test does not do. */
export class SeamWorld {
  readonly clients = Array.from({ length: VIEWERS }, () => new Client())
  readonly failures: unknown[] = []
  readonly #log = new ModelLog()
  readonly #store = new ModelStore(LANE, GATEWAYS)
  readonly #uncollected: ModelLine[] = []
  readonly #disordered = new Set<string>()
  readonly #ahead = new Set<string>()
  /** Who forgets lines at once can't say which were shown at the edges of a gap. */
  readonly #isForgetful: boolean
  readonly #gateways: ReadonlyArray<{ readonly rows: ModelRows; readonly kubelet: ModelKubelet }>
  readonly #feeds = new Map<number, Feed>()
  #ns = FIRST_NS + 10n * SECOND_NS

  constructor(options: Omit<KubeletOptions, 'nowMs'>) {
    this.#isForgetful = options.ringBytesMax < 1000
    const newest = (): bigint | undefined =>
      this.#store.rows.reduce<bigint | undefined>(
        (max, { ns }) => (max === undefined || ns > max ? ns : max),
        undefined,
      )
    this.#gateways = GATEWAYS.map(() => ({
      rows: new ModelRows(this.#store),
      kubelet: new ModelKubelet(this.#log, newest, { ...options, nowMs: NOW_MS }),
    }))
  }

  async run(one: SeamOp): Promise<void> {
    switch (one.kind) {
      case 'write':
        this.#write(one.stepMs, one.isWanted)
        break
      case 'rotate':
        this.#rotate()
        break
      case 'heartbeat':
        this.#heartbeat()
        break
      case 'read':
        this.#store.letRead(one.nth)
        break
      case 'come':
        this.#come(this.clients[one.viewer]!, one.gateway)
        break
      case 'leave':
        this.#leave(this.clients[one.viewer]!)
        break
      case 'collect':
        this.#collect(one.gateway, one.nth)
        break
      case 'poll':
        this.#poll(one.gateway)
        break
      default:
        this.#kubelet(one)
    }
    await tick()
  }

  #kubelet({ kind, gateway, count }: KubeletOp): void {
    const { kubelet } = this.#gateways[gateway]!
    if (kind === 'deliver') kubelet.deliver(count)
    else if (kind === 'silent') kubelet.silent()
    else kubelet.cut()
  }

  /** All that was written is collected, and brought, and told to everybody. */
  async settle(): Promise<void> {
    for (const client of this.clients) this.#come(client, 0)
    for (let round = 0; round < 3; round++) {
      this.#write(2000, true)
      for (const { kubelet } of this.#gateways) kubelet.deliver(Number.POSITIVE_INFINITY)
      await this.#reads()
      while (this.#uncollected.length > 0) this.#collect(round % GATEWAYS.length, 0)
      for (const index of GATEWAYS.keys()) this.#poll(index)
      await this.#reads()
    }
    this.#heartbeat()
  }

  complaints(): string[] {
    return this.clients.flatMap((client, index) =>
      this.#complaints(client).map((text) => `viewer ${index}: ${text}`),
    )
  }

  stop(): void {
    for (const client of this.clients) this.#leave(client)
  }

  #complaints({ told, gaps, hasLeft }: Client): string[] {
    const found: string[] = []
    const isAnnounced = (ns: bigint): boolean =>
      gaps.some(({ fromNs, toNs }) => ns >= fromNs - SECOND_NS && ns <= toNs + SECOND_NS)
    for (const { text, ns } of this.#log.written) {
      const count = told.filter((body) => body === text).length
      const isExcused =
        ((hasLeft || this.#isForgetful) && isAnnounced(ns)) || (hasLeft && this.#disordered.has(text))
      if (!text.includes('x')) {
        if (count > 0) found.push(`not asked for: ${text}`)
        continue
      }
      if (count > 1 && !(hasLeft && this.#ahead.has(text))) found.push(`${count} times: ${text}`)
      else if (count === 0 && !isExcused) found.push(`missing: ${text}`)
    }
    return found
  }

  #write(stepMs: number, isWanted: boolean): void {
    const ns = this.#ns + BigInt(stepMs) * 1_000_000n + 1n
    if (ns > this.#ns) this.#ns = ns
    // At the end of a hole that is not announced it can't be said which of these was shown.
    for (const line of this.#log.written) if (line.ns >= ns) this.#disordered.add(line.text)
    const line = { ns, text: `${isWanted ? 'x' : 'y'}${this.#log.written.length}` }
    this.#log.write(line)
    this.#uncollected.push(line)
  }

  #rotate(): void {
    for (const { kubelet } of this.#gateways) kubelet.beforeRotation()
    this.#log.rotate()
    for (const { kubelet } of this.#gateways) kubelet.afterRotation()
  }

  #heartbeat(): void {
    for (const { open } of this.clients) open?.viewer.heartbeat(() => open.feed.resume(open.viewer))
  }

  #collect(index: number, nth: number): void {
    const [line] = this.#uncollected.splice(nth % Math.max(1, this.#uncollected.length), 1)
    if (line === undefined) return
    // Within a second behind a hole a row is told if its line was not: a token does not say so of each.
    const isOwed = this.#gateways.some(({ kubelet }) => kubelet.owes(line))
    if (isOwed && this.#log.written.some((other) => isNear(other, line))) this.#ahead.add(line.text)
    this.#store.add(GATEWAYS[index]!, line)
    for (const feed of this.#gateways[index]!.rows.feeds) feed.take(GATEWAYS[index]!)
  }

  #poll(index: number): void {
    for (const gatewayId of GATEWAYS)
      for (const feed of this.#gateways[index]!.rows.feeds) feed.take(gatewayId)
  }

  #come(client: Client, index: number): void {
    if (client.open !== undefined) return
    const start = this.#startOf(client)
    let feed = this.#feeds.get(index)
    if (feed === undefined) {
      const { rows, kubelet } = this.#gateways[index]!
      feed = new Feed(KEY, start, {
        sources: [rows, kubelet],
        nowMs: () => NOW_MS,
        onGap: () => {},
        failed: (error) => this.failures.push(error),
      })
      this.#feeds.set(index, feed)
    }
    const socket = new FakeSocket()
    let read = 0
    socket.on('sent', () => {
      for (const text of socket.sent.slice(read)) client.take(JSON.parse(text) as NativeFrame)
      read = socket.sent.length
    })
    const viewer = new Viewer({
      socket: socket.asSocket,
      format: nativeFormat,
      limits: defaultConfig().tail,
      delayMs: 0,
      nowMs: () => NOW_MS,
      onSent: () => {},
      onDropped: () => {},
    })
    client.open = { feed, viewer, socket }
    feed.expect(viewer)
    feed.show(viewer, start).catch((error: unknown) => {
      if (!viewer.signal.aborted) this.failures.push(error)
    })
  }

  #startOf({ token }: Client): Start {
    if (token === undefined) return { kind: 'history', startNs: FIRST_NS, limit: 10_000, isAll: false }
    const point = readResumeToken(token, DIGEST)
    if ('problem' in point) throw new Error(point.problem)
    return { kind: 'resume', ...point }
  }

  #leave(client: Client): void {
    const { open } = client
    // Who never got a token begins anew; that is another viewer.
    if (open === undefined || client.token === undefined) return
    open.socket.close()
    open.feed.leave(open.viewer)
    for (const [index, feed] of this.#feeds)
      if (feed.size === 0) {
        feed.close()
        this.#feeds.delete(index)
      }
    client.left()
  }

  async #reads(): Promise<void> {
    await tick()
    while (this.#store.isReading) {
      this.#store.letRead(0)
      await tick()
    }
  }
}

const isNear = (other: ModelLine, line: ModelLine): boolean =>
  other !== line && other.ns <= line.ns && line.ns - other.ns <= SECOND_NS
