import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import type { LogExpr } from '../../src/query/logql/ast.ts'
import { parse } from '../../src/query/logql/parse.ts'
import { lokiFormat } from '../../src/tail/fronts/loki-format.ts'
import { nativeFormat } from '../../src/tail/fronts/native-format.ts'
import { TailHub } from '../../src/tail/hub.ts'
import type { LiveRecord } from '../../src/tail/line.ts'
import type { Start } from '../../src/tail/source.ts'
import type { FrameFormat } from '../../src/tail/viewers/frame.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { FakeSocket } from './support/fake-socket.ts'
import { tick } from './support/gateways.ts'
import { StandInSource } from './support/stand-in-source.ts'
import { type LokiFrame, lokiLines, type NativeFrame, nativeLines } from './support/tail-client.ts'

/**
 * Scenario: a viewer whose socket takes nothing any more, beside others. Guarantee: whenever it stops, the others are given each
 * line in the very call that brings it: no turn of the event loop, no timer and nothing that the stopped one does is needed.
 */

const SHOP = new Map([['service_name', 'shop']])
const SAME = '{service_name="shop"}'
const OTHER = '{service_name="shop"} != "nothing"'
const PADDING = 'x'.repeat(1000)
/** More than socket and queue hold together. */
const LINES = 1000
const PAST_LINES = 1000

const hubs: TailHub[] = []
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.stop()
})

function hubOf() {
  const source = new StandInSource()
  const metrics = createMetrics()
  const parts = { sources: [source], metrics, log: pino({ level: 'silent' }), nowMs: Date.now }
  const hub = new TailHub(defaultConfig().tail, parts)
  hubs.push(hub)
  const watch = (socket: FakeSocket, query: string, format: FrameFormat = nativeFormat): void => {
    const start: Start = { kind: 'history', startNs: 0n, limit: PAST_LINES, isAll: true }
    void hub.watch({
      tenantIds: ['a'],
      expr: parse(query) as LogExpr,
      socket: socket.asSocket,
      format,
      delayMs: 0,
      requestId: 'r',
      tenants: async () => ['a'],
      start,
    })
  }
  return { source, metrics, watch }
}

const stored = (seq: number): LiveRecord => ({
  timeHigh: 1,
  timeLow: seq,
  line: `stored ${seq} ${PADDING}`,
  stream: SHOP,
  metadata: new Map(),
  tenantId: 'a',
  lane: 'stored',
  seq: BigInt(seq),
})

const parsed = <Frame>({ sent }: FakeSocket): Frame[] => sent.map((text) => JSON.parse(text) as Frame)
const nativeBodies = (socket: FakeSocket): string[] =>
  nativeLines(parsed<NativeFrame>(socket)).map(({ body }) => body)
const isReady = (socket: FakeSocket): boolean => socket.sent.some((text) => text.includes('"heartbeat"'))

type Stop = {
  readonly stopped: FakeSocket
  readonly source: StandInSource
  readonly watch: (socket: FakeSocket, query: string) => void
}

const STOPS: ReadonlyArray<readonly [when: string, stop: (given: Stop) => Promise<void>]> = [
  [
    'before it was shown anything',
    async ({ stopped, watch }) => {
      stopped.isStill = true
      watch(stopped, SAME)
    },
  ],
  [
    'in the middle of stored lines',
    async ({ stopped, source, watch }) => {
      source.past = Array.from({ length: PAST_LINES }, (_, i) => stored(i))
      watch(stopped, SAME)
      while (nativeBodies(stopped).length < 10) await tick()
      stopped.isStill = true
      source.past = []
    },
  ],
  [
    'between live lines',
    async ({ stopped, source, watch }) => {
      watch(stopped, SAME)
      while (!isReady(stopped)) await tick()
      source.line('the last that it reads', { stream: SHOP })
      stopped.isStill = true
    },
  ],
]

describe.each(STOPS)('a viewer that stops reading %s', (_when, stop) => {
  it('holds up nobody: not of its query, not of another, not of the other front', async () => {
    const { source, metrics, watch } = hubOf()
    const stopped = new FakeSocket()
    const [early, late, other, loki] = [1, 2, 3, 4].map(() => new FakeSocket()) as [
      FakeSocket,
      FakeSocket,
      FakeSocket,
      FakeSocket,
    ]
    watch(early, SAME)
    while (!isReady(early)) await tick()
    await stop({ stopped, source, watch })
    watch(late, SAME)
    watch(other, OTHER)
    watch(loki, SAME, lokiFormat)
    while (![late, other].every(isReady)) await tick()
    const before = nativeBodies(early).length

    for (let i = 0; i < LINES; i++) source.line(`live ${i} ${PADDING}`, { stream: SHOP })
    // Nothing was awaited since the first of them.
    const expected = Array.from({ length: LINES }, (_, i) => `live ${i} ${PADDING}`)
    expect(nativeBodies(early).slice(before)).toEqual(expected)
    for (const socket of [late, other]) expect(nativeBodies(socket)).toEqual(expected)
    expect(lokiLines(parsed<LokiFrame>(loki))).toEqual(expected)
    expect(metrics.tailDroppedLines.cell('loki').value).toBe(0)

    // It did stand still, and lost what the others were given; once it reads again it is told.
    const live = nativeBodies(stopped).filter((body) => body.startsWith('live '))
    expect(live.length).toBeLessThan(LINES / 2)
    expect(metrics.tailDroppedLines.cell('native').value).toBeGreaterThan(0)
    stopped.read()
    while (nativeBodies(stopped).at(-1) !== expected.at(-1)) await tick()
    const drops = parsed<NativeFrame>(stopped).filter(({ type }) => type === 'drop')
    expect(drops.reduce((sum, { lines }) => sum + Number(lines), 0)).toBe(
      metrics.tailDroppedLines.cell('native').value,
    )
  })
})
