import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import type { SocketRequest } from '../../src/query/socket-route.ts'
import { lokiTailRoute } from '../../src/tail/fronts/loki.ts'
import { nativeTailRoute } from '../../src/tail/fronts/native.ts'
import { TailHub } from '../../src/tail/hub.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { ANONYMOUS } from '../../src/tenancy/caller.ts'
import { FakeSocket } from './support/fake-socket.ts'
import { tick } from './support/gateways.ts'
import { StandInSource } from './support/stand-in-source.ts'
import { type LokiFrame, type NativeFrame, nativeLines } from './support/tail-client.ts'

/** Scenario: a source says of some lines that a rule will drop them. Guarantees: viewers see which rule, or not the lines. */

const STREAM = new Map([['service_name', 'shop']])

function world() {
  const source = new StandInSource()
  const metrics = createMetrics()
  const { tail } = defaultConfig()
  const hub = new TailHub(tail, {
    sources: [source],
    metrics,
    log: pino({ level: 'silent' }),
    nowMs: () => 0,
  })
  const front = { hub, historyLinesMax: 0, pingIntervalMs: 10_000, metrics, nowMs: () => 0 }
  const routes = { native: nativeTailRoute(front), loki: lokiTailRoute(front) }
  const open = async (route: keyof typeof routes, query: string, more: Record<string, string> = {}) => {
    const socket = new FakeSocket()
    const request: SocketRequest = {
      requestId: 'r',
      query: new URLSearchParams({ query, limit: '0', ...more }),
      headers: {},
      reader: async () => ({ caller: ANONYMOUS, tenantIds: ['a'] }),
      accept: async () => socket.asSocket,
    }
    const done = routes[route].handle(request)
    done.catch(() => {})
    await tick()
    return { socket, done }
  }
  const send = () => {
    source.line('kept', { stream: STREAM })
    source.line('noise', { stream: STREAM, droppedBy: 'filter/noisy' })
  }
  return { source, hub, open, send }
}

const nativeOf = ({ sent }: FakeSocket) =>
  nativeLines(sent.map((text) => JSON.parse(text) as NativeFrame)).map(({ body, droppedBy }) => [
    body,
    droppedBy,
  ])
const lokiOf = ({ sent }: FakeSocket) =>
  sent.flatMap((text) =>
    (JSON.parse(text) as LokiFrame).streams.flatMap(({ stream, values }) =>
      values.map(([, line]) => [line, stream.weir_dropped_by]),
    ),
  )

const SHOP = '{service_name="shop"}'
const BOTH = [
  ['kept', undefined],
  ['noise', 'filter/noisy'],
]

describe('lines that a rule will drop', () => {
  it.each<[what: string, query: string, parameters: Record<string, string>, seen: unknown]>([
    ['are shown with the name of the rule', SHOP, {}, BOTH],
    ['also where it is asked for', SHOP, { dropped: 'show' }, BOTH],
    ['are hidden', SHOP, { dropped: 'hide' }, BOTH.slice(0, 1)],
    ['can be left out by a stage', `${SHOP} | weir_dropped_by=""`, {}, BOTH.slice(0, 1)],
    ['can be what is looked for', `${SHOP} | weir_dropped_by=~"filter/.*"`, {}, BOTH.slice(1)],
  ])('%s', async (_, query, parameters, seen) => {
    const { open, send, hub } = world()
    const native = await open('native', query, parameters)
    const loki = await open('loki', query, parameters)
    send()
    expect(nativeOf(native.socket)).toEqual(seen)
    expect(lokiOf(loki.socket)).toEqual(seen)
    native.socket.close()
    loki.socket.close()
    await Promise.all([native.done, loki.done])
    await hub.stop()
  })

  it('keep their mark in native frames whatever stages do to labels', async () => {
    const { open, send, hub } = world()
    const { socket, done } = await open('native', `${SHOP} | drop weir_dropped_by | label_format a="b"`)
    send()
    expect(nativeOf(socket)).toEqual(BOTH)
    socket.close()
    await done
    await hub.stop()
  })

  it('cost those who hide them no token: what comes after them is where they are', async () => {
    const { open, source, hub } = world()
    const hiding = await open('native', SHOP, { dropped: 'hide' })
    const showing = await open('native', SHOP)
    expect(source.feeds.length).toBe(2)
    source.line('noise', { stream: STREAM, droppedBy: 'filter/noisy' })
    source.line('kept', { stream: STREAM })
    const tokens = [hiding, showing].map(
      ({ socket }) => (JSON.parse(socket.sent.at(-1)!) as { readonly resume: string }).resume,
    )
    expect(tokens[0]).toBe(tokens[1])
    for (const { socket } of [hiding, showing]) socket.close()
    await Promise.all([hiding.done, showing.done])
    await hub.stop()
  })

  it('are shown or hidden, nothing else', async () => {
    const { open } = world()
    for (const front of ['native', 'loki'] as const)
      await expect((await open(front, SHOP, { dropped: 'maybe' })).done).rejects.toMatchObject({
        code: 'invalid_parameter',
        message: expect.stringContaining('expected show or hide'),
      })
  })
})
