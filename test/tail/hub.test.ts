import fc from 'fast-check'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import { ApiError } from '../../src/query/errors.ts'
import type { LogExpr } from '../../src/query/logql/ast.ts'
import { parse } from '../../src/query/logql/parse.ts'
import { nativeFormat } from '../../src/tail/fronts/native-format.ts'
import { type HubOptions, TailHub } from '../../src/tail/hub.ts'
import { queryDigest, readResumeToken, writeResumeToken } from '../../src/tail/resume-token.ts'
import { containerLane } from '../../src/tail/seam/container-lines.ts'
import type { HoleMark } from '../../src/tail/seam/holes/carried-hole.ts'
import type { FeedSink, TailSource } from '../../src/tail/source.ts'
import { closeReason } from '../../src/tail/viewers/close-reason.ts'
import type { Frame } from '../../src/tail/viewers/frame.ts'
import { FrameQueue } from '../../src/tail/viewers/frame-queue.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { FakeSocket } from './support/fake-socket.ts'
import { tick } from './support/gateways.ts'
import { type NativeFrame, nativeLines } from './support/tail-client.ts'

const EXPR = parse('{service_name="shop"}') as LogExpr

/** A source whose lines are the test's to send. */
class HandSource implements TailSource {
  readonly name = 'hand'
  readonly hasContainers = false
  readonly about = {}
  readonly sinks = new Set<FeedSink>()
  encoded = 0

  follow(_query: unknown, sink: FeedSink) {
    this.sinks.add(sink)
    return {
      ready: Promise.resolve(),
      base: 0n,
      positions: () => new Map([['hand', 1n]]),
      join: () => ({ backlog: noBacklog(), told: new Map<string, bigint>() }),
      close: () => void this.sinks.delete(sink),
    }
  }

  stop(): void {}

  line(text: string): void {
    const labels = { stream: new Map(), metadata: new Map(), parsed: new Map() }
    const entry = { timeHigh: 1, timeLow: 2, line: text, ...labels, tenantId: 'a', lane: 'hand', seq: 1n }
    for (const sink of this.sinks) sink.entries([entry], new Map())
  }
}

async function* noBacklog() {}

let now = 0
function hubOf(options: Partial<HubOptions> = {}) {
  const source = new HandSource()
  const metrics = createMetrics()
  const hub = new TailHub(
    { ...defaultConfig().tail, viewersMax: 20_000, viewersPerTenant: 20_000, ...options },
    { sources: [source], metrics, log: pino({ level: 'silent' }), nowMs: () => now },
  )
  const watch = (socket: FakeSocket, tenants: () => Promise<ReadonlyArray<string>> = async () => ['a']) =>
    hub.watch({
      tenantIds: ['a'],
      expr: EXPR,
      socket: socket.asSocket,
      format: nativeFormat,
      delayMs: 0,
      requestId: 'r',
      tenants,
      start: { kind: 'now' },
    })
  return { hub, source, metrics, watch }
}

const linesOf = ({ sent }: FakeSocket) => nativeLines(sent.map((text) => JSON.parse(text) as NativeFrame))
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

describe('the hub', () => {
  it('follows a query once for all who watch it, and not longer', async () => {
    const { hub, source, watch } = hubOf()
    const sockets = [new FakeSocket(), new FakeSocket()]
    const watching = sockets.map((socket) => watch(socket))
    await tick()
    expect(source.sinks.size).toBe(1)
    source.line('hello')
    expect(sockets.map((socket) => linesOf(socket).map(({ body }) => body))).toEqual([['hello'], ['hello']])
    // The same bytes for both, not just equal ones.
    expect(sockets[0]!.data.at(-1)).toBe(sockets[1]!.data.at(-1))
    for (const socket of sockets) socket.close()
    await Promise.all(watching)
    expect(source.sinks.size).toBe(0)
    expect(hub.counts).toEqual({ viewers: 0, feeds: 0, watched: 0 })
  })

  it('keeps nothing of 10,000 who came and went', async () => {
    const { hub, source, metrics, watch } = hubOf()
    const before = timers()
    for (let i = 0; i < 100; i++) {
      const sockets = Array.from({ length: 100 }, () => new FakeSocket())
      const watching = sockets.map((socket) => watch(socket))
      // Some leave before they are shown anything.
      if (i % 3 > 0) await tick()
      source.line('x')
      for (const socket of sockets) socket.close()
      await Promise.all(watching)
      for (const socket of sockets) expect(socket.listenerCount('close')).toBe(0)
    }
    expect(hub.counts).toEqual({ viewers: 0, feeds: 0, watched: 0 })
    expect(source.sinks.size).toBe(0)
    expect(timers()).toBeLessThanOrEqual(before)
    expect(metrics.tailViewers.cell('native').value).toBe(0)
    await hub.stop()
  })

  it('closes who reads nothing, who answers no ping, and nobody else', async () => {
    const { hub, source, watch } = hubOf({ blockedMsMax: 1000, pingIntervalMs: 100, accessCheckMs: 100 })
    const [good, blocked, dead] = [new FakeSocket(), new FakeSocket(), new FakeSocket()]
    dead!.ping = () => {}
    const watching = [good, blocked, dead].map((socket) => watch(socket!))
    await tick()
    blocked!.isStill = true
    source.line('x'.repeat(200_000))
    source.line('more')
    const closed = (socket: FakeSocket) =>
      new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const ends = Promise.all([closed(blocked!), closed(dead!)])
    const clock = setInterval(() => {
      now += 100
    }, 1)
    await ends
    clearInterval(clock)
    expect(blocked!.closedWith).toEqual({ code: 1013, reason: 'The client has read nothing for 1 s.' })
    expect(dead!.closedWith).toEqual({ code: 1013, reason: 'The client answers no ping.' })
    expect(good!.readyState).toBe(1)
    expect(linesOf(good!).at(-1)!.body).toBe('more')
    await hub.stop()
    await Promise.all(watching)
    expect(good!.closedWith).toMatchObject({ code: 1001 })
  })

  it('ends what may no longer be read', async () => {
    const { hub, watch } = hubOf({ accessCheckMs: 100, pingIntervalMs: 100 })
    const answers = [
      async () => ['a'],
      () => Promise.reject(new ApiError('unavailable', 'The platform is away.')),
      () => Promise.reject(new ApiError('forbidden', 'The credential "ada" may not read.')),
    ]
    const socket = new FakeSocket()
    const watching = watch(socket, () => (answers.length > 1 ? answers.shift()! : answers[0]!)())
    const clock = setInterval(() => {
      now += 100
    }, 1)
    await watching
    clearInterval(clock)
    expect(answers).toHaveLength(1)
    expect(socket.closedWith).toEqual({
      code: 1008,
      reason: 'Access was revoked: The credential "ada" may not read.',
    })
    await hub.stop()
  })
})

describe('a queue of frames', () => {
  it('holds the newest that fit, and counts the others', () => {
    const sizes = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 30 }), fc.boolean()),
      { size: 'max', maxLength: 200 },
    )
    fc.assert(
      fc.property(sizes, (pushed) => {
        const queue = new FrameQueue({ queueBytesMax: 1000, queueLinesMax: 100 })
        // The plain reading: a list, and what has gone from its front.
        let held: Frame[] = []
        let lost = 0
        for (const [bytes, lines, takes] of pushed) {
          const frame: Frame = { data: Buffer.alloc(bytes), lines, fromNs: 1n, toNs: 2n, marks: [] }
          const sum = (what: (frame: Frame) => number) => held.reduce((total, each) => total + what(each), 0)
          let dropped = 0
          while (
            held.length > 0 &&
            (sum(({ data }) => data.length) + bytes > 1000 || sum((each) => each.lines) + lines > 100)
          )
            dropped += held.shift()!.lines
          lost += dropped
          held.push(frame)
          expect(queue.push(frame, 0)).toBe(dropped)
          expect(queue.bytes).toBe(sum(({ data }) => data.length))
          if (!takes) continue
          expect(queue.takeLost()?.lines ?? 0).toBe(lost)
          lost = 0
          expect(queue.take()).toBe(held.shift())
        }
        for (const frame of held) expect(queue.take()).toBe(frame)
        held = []
        expect(queue.take()).toBeUndefined()
      }),
    )
  })
})

describe('a resume token', () => {
  const digest = queryDigest(['a'], '{x="y"}')
  const seq = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

  const hole: fc.Arbitrary<HoleMark> = fc
    .record({
      afterNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      width: fc.bigInt({ min: 1n, max: 10n ** 15n }),
      isOpen: fc.boolean(),
      openedSeconds: fc.nat(2_000_000_000),
      unread: fc.option(
        fc.record({
          below: fc
            .array(fc.tuple(fc.stringMatching(/^[a-z0-9]{1,16}$/), seq), { maxLength: 3 })
            .map((lanes) => new Map(lanes)),
          otherwise: seq,
        }),
        { nil: undefined },
      ),
    })
    .map(({ afterNs, width, isOpen, openedSeconds, unread }) => ({
      afterNs,
      untilNs: isOpen ? undefined : afterNs + width,
      toldNs: isOpen ? afterNs + width : afterNs,
      openedSeconds,
      unread,
    }))
  const mark = fc
    .record({
      holes: fc.array(hole, { maxLength: 4 }),
      cutSeconds: fc.nat(2_000_000_000),
      seconds: fc.nat(2_000_000_000),
      afterNs: fc.bigInt({ min: 0n, max: 10n ** 15n }),
      counted: fc.array(
        fc.record({ after: fc.nat(1000), lines: fc.nat(1_000_000), sum: fc.nat(2 ** 32 - 1) }),
        { maxLength: 4 },
      ),
    })
    .map(({ afterNs, counted, cutSeconds, seconds, holes }) => ({
      holes,
      cutSeconds,
      seconds,
      counts: counted.map(({ after, lines, sum }) => ({ second: seconds + after, lines, sum })),
      newestNs: BigInt(seconds) * 1_000_000_000n - 1n + afterNs,
    }))

  it('reads back', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.string({ minLength: 1, maxLength: 50 }).filter((lane) => lane !== '__proto__'),
            seq,
          ),
          { maxLength: 20 },
        ),
        seq,
        fc.array(fc.tuple(fc.uuid(), fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/), mark), {
          maxLength: 10,
        }),
        fc.tuple(seq, seq),
        (lanes, base, containers, [fromNs, writtenNs]) => {
          const marks = new Map(containers.map(([uid, name, of]) => [containerLane(uid, name), of]))
          const point = { positions: new Map(lanes), base, containers: { fromNs, writtenNs, marks } }
          expect(readResumeToken(writeResumeToken(digest, point), digest)).toEqual({
            ...point,
            containers: { ...point.containers, isWhole: true },
          })
        },
      ),
    )
  })

  it('says where not all fits: holes go before containers', () => {
    const holes = Array.from({ length: 4 }, (_, i) => ({
      afterNs: 10n ** 18n + BigInt(i),
      untilNs: 2n * 10n ** 18n,
      toldNs: 10n ** 18n + BigInt(i),
      openedSeconds: 1_000_000_000,
      unread: undefined,
    }))
    const one = { cutSeconds: 1, seconds: 1_700_000_000, counts: [], newestNs: 17n * 10n ** 17n, holes }
    const read = (count: number) => {
      const marks = new Map(
        Array.from({ length: count }, (_, i) => [
          containerLane(`00000000-0000-4000-8000-${String(i).padStart(12, '0')}`, 'app'),
          one,
        ]),
      )
      const containers = { fromNs: 0n, writtenNs: 0n, marks }
      const token = writeResumeToken(digest, { positions: new Map(), base: 0n, containers })
      const point = readResumeToken(token, digest)
      if ('problem' in point) throw new Error(point.problem)
      return point.containers
    }
    const withHoles = ({ marks }: ReturnType<typeof read>): number =>
      [...marks.values()].filter((mark) => mark.holes.length === 4).length
    const [few, some, many] = [read(10), read(100), read(400)]
    expect([few.marks.size, withHoles(few), few.isWhole]).toEqual([10, 10, true])
    expect([some.marks.size, some.isWhole]).toEqual([100, true])
    expect(withHoles(some)).toBeGreaterThan(10)
    expect(withHoles(some)).toBeLessThan(100)
    expect(many.isWhole).toBe(false)
    expect(many.marks.size).toBeGreaterThan(100)
  })

  it('is checked to the last field', () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const good = [3, digest, '5', { g: '7' }, '8', '9'] as const
    expect(readResumeToken(encode(good), digest)).toEqual({
      base: 5n,
      positions: new Map([['g', 7n]]),
      containers: { fromNs: 8n, writtenNs: 9n, marks: new Map(), isWhole: true },
    })
    const wrong: unknown[] = [
      null,
      'x',
      [],
      [3, digest, '5'],
      [...good, 1],
      [2, digest, '5', {}, '0', '0'],
      [3, 'short', '5', {}, '0', '0'],
      [3, digest, 5, {}, '0', '0'],
      [3, digest, '-5', {}, '0', '0'],
      [3, digest, '18446744073709551616', {}, '0', '0'],
      [3, digest, '5', { g: 7 }, '0', '0'],
      [3, digest, '5', { g: '7x' }, '0', '0'],
      [3, digest, '5', { '': '7' }, '0', '0'],
      [3, digest, '5', {}, 0, '0'],
      [3, digest, '5', Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`g${i}`, '1'])), '0', '0'],
    ]
    const uid = 'A'.repeat(22)
    const start = `${uid}.app.1.1.1`
    const holes = ['.C1_1', '.C1_1_1'.repeat(5), '.O1_1_1_U', '.O1_1_1_U1_g', '.X1_1_1']
    for (const marks of ['x', 'short.app.1.1.1', `${uid}.app.1.1`, `${start}${'.1_1_1'.repeat(5)}`])
      expect(readResumeToken(`${encode(good)}.${marks}`, digest)).toHaveProperty('problem')
    for (const marks of holes.map((text) => `${start}${text}`))
      expect(readResumeToken(`${encode(good)}.${marks}`, digest)).toHaveProperty('problem')
    for (const value of wrong)
      expect(readResumeToken(encode(value), digest)).toEqual({
        problem: expect.stringContaining('is no resume token'),
      })
    for (const text of ['', '%%', 'a b', 'x'.repeat(10_000), '\u0000'])
      expect(readResumeToken(text, digest)).toHaveProperty('problem')
    fc.assert(fc.property(fc.base64String(), (text) => void readResumeToken(text, digest)))
  })
})

describe('a close reason', () => {
  it('fits into its frame, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const reason = closeReason(text)
        expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
        expect(text.startsWith(reason.replace(/…$/, ''))).toBe(true)
        if (Buffer.byteLength(text) <= 123) expect(reason).toBe(text)
      }),
    )
  })
})
