import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { defaultConfig } from '../../src/config/schema.ts'
import { lokiFormat } from '../../src/tail/fronts/loki-format.ts'
import { nativeFormat } from '../../src/tail/fronts/native-format.ts'
import type { TailEntry } from '../../src/tail/line.ts'
import { type FrameFormat, framesOf } from '../../src/tail/viewers/frame.ts'
import { Viewer } from '../../src/tail/viewers/viewer.ts'
import { FakeSocket } from './support/fake-socket.ts'
import { type LokiFrame, lokiLines, type NativeFrame, nativeLines } from './support/tail-client.ts'

/**
 * Scenario: a client on a real socket that stops reading while lines keep coming, beside one that reads. Guarantees: it costs
 * a bounded memory, loses the oldest lines, is told how many and which, and nobody else loses any.
 */

const LIMITS = defaultConfig().tail
const MiB = 1024 * 1024

let server: WebSocketServer
let port: number

beforeAll(async () => {
  const http = createServer()
  server = new WebSocketServer({ server: http })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  port = (http.address() as AddressInfo).port
})
afterAll(async () => {
  for (const client of server.clients) client.terminate()
  server.close()
})

function entry(i: number, line = `line ${i} ${'.'.repeat(1000)}`): TailEntry {
  const words = { timeHigh: 400_000_000, timeLow: i }
  const labels = { stream: new Map([['service_name', 'shop']]), metadata: new Map(), parsed: new Map() }
  return { ...words, line, ...labels, tenantId: 'default', lane: 'g', seq: BigInt(i) }
}

async function connect(format: FrameFormat, counted: { sent: number; dropped: number }) {
  const accepted = once(server, 'connection') as Promise<[WebSocket]>
  const client = new WebSocket(`ws://127.0.0.1:${port}`)
  const frames: unknown[] = []
  let heard = (): void => {}
  client.on('message', (data) => {
    frames.push(JSON.parse(String(data)))
    heard()
  })
  await once(client, 'open')
  const [socket] = await accepted
  const viewer = new Viewer({
    socket,
    format,
    limits: LIMITS,
    delayMs: 0,
    nowMs: Date.now,
    onSent: (lines) => {
      counted.sent += lines
    },
    onDropped: (lines) => {
      counted.dropped += lines
    },
  })
  viewer.release()
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere())
      await new Promise<void>((resolve) => {
        heard = resolve
      })
  }
  return { viewer, client, socket, frames, until }
}

const LINES = 30_000

describe.each([
  [
    'native',
    nativeFormat,
    (frames: unknown[]) => nativeLines(frames as NativeFrame[]).map(({ body }) => body),
  ],
  ['loki', lokiFormat, (frames: unknown[]) => lokiLines(frames as LokiFrame[])],
] as const)('a viewer that stops reading (%s)', (_front, format, linesOf) => {
  it('loses the oldest lines, is told, and costs no more than a mebibyte', { timeout: 60_000 }, async () => {
    const slowCount = { sent: 0, dropped: 0 }
    const quickCount = { sent: 0, dropped: 0 }
    const slow = await connect(format, slowCount)
    const quick = await connect(format, quickCount)
    slow.client.pause()
    let most = 0
    for (let i = 0; i < LINES; i += 10) {
      const entries = Array.from({ length: 10 }, (_, j) => entry(i + j))
      const frames = [...framesOf(format, entries, 'token')]
      for (const { viewer } of [slow, quick])
        viewer.live(
          entries,
          new Map(),
          () => frames,
          () => 'token',
        )
      most = Math.max(most, slow.viewer.bytes)
      if (i % 200 === 0)
        await quick.until(
          () =>
            linesOf(quick.frames.slice(-1))
              .at(-1)
              ?.startsWith(`line ${i + 9} `) ?? false,
        )
    }
    await quick.until(() => linesOf(quick.frames).length === LINES)
    expect(quickCount).toEqual({ sent: LINES, dropped: 0 })
    expect(most).toBeLessThan(MiB)
    expect(slowCount.dropped).toBeGreaterThan(LINES / 4)

    slow.client.resume()
    await slow.until(
      () =>
        linesOf(slow.frames.slice(-1))
          .at(-1)
          ?.startsWith(`line ${LINES - 1} `) ?? false,
    )
    const told = linesOf(slow.frames).map((line) => Number(line.split(' ')[1]))
    expect(told.length + slowCount.dropped).toBe(LINES)
    // What is missing is one run in the middle: old lines that the sockets held, then the newest.
    const gap = told.findIndex((number, i) => number !== i)
    expect(told.slice(gap)).toEqual(
      Array.from({ length: told.length - gap }, (_, i) => LINES - (told.length - gap) + i),
    )
    const from = BigInt(told[gap - 1]! + 1) + (400_000_000n << 32n)
    const to = BigInt(told[gap]! - 1) + (400_000_000n << 32n)
    if (format === nativeFormat)
      expect(slow.frames.filter((frame) => (frame as NativeFrame).type === 'drop')).toEqual([
        expect.objectContaining({ lines: slowCount.dropped, fromNs: String(from), toNs: String(to) }),
      ])
    else {
      const [notice] = (slow.frames as LokiFrame[]).filter((frame) => frame.dropped_entries !== undefined)
      // Loki's own bound.
      expect(notice!.dropped_entries).toHaveLength(1000)
      expect(notice!.dropped_entries![0]).toEqual({
        labels: { service_name: 'shop' },
        timestamp: String(from),
      })
    }
    slow.client.terminate()
    quick.client.terminate()
  })
})

describe('a viewer', () => {
  it('is given a line that is larger than its queue', async () => {
    const counted = { sent: 0, dropped: 0 }
    const { viewer, client, frames, until } = await connect(nativeFormat, counted)
    const entries = [entry(1, 'x'.repeat(2 * MiB))]
    viewer.live(
      entries,
      new Map(),
      () => [...framesOf(nativeFormat, entries, '')],
      () => '',
    )
    await until(() => frames.length === 1)
    expect(nativeLines(frames as NativeFrame[])[0]!.body).toHaveLength(2 * MiB)
    client.terminate()
  })

  it('that leaves too many notices unread is sent away: none may be dropped, and not all can be kept', () => {
    const socket = new FakeSocket()
    socket.isStill = true
    const { asSocket } = socket
    const rest = { limits: LIMITS, delayMs: 0, nowMs: Date.now, onSent: () => {}, onDropped: () => {} }
    const viewer = new Viewer({ socket: asSocket, format: nativeFormat, ...rest })
    const gap = nativeFormat.gap({ lane: 'g', fromNs: 1n, toNs: 2n, reason: 'x'.repeat(100) })!
    let told = 0
    for (; !viewer.signal.aborted; told++) viewer.notify(gap)
    expect(told * gap.length).toBeGreaterThan(200 * 1024)
    expect(socket.bufferedAmount).toBeLessThan(MiB / 2)
    expect(socket.closedWith).toEqual({
      code: 1013,
      reason: 'The client reads too slowly to be told what it misses.',
    })

    // Who reads them may be told any number.
    const reading = new FakeSocket()
    const patient = new Viewer({ socket: reading.asSocket, format: nativeFormat, ...rest })
    for (let i = 0; i < 10 * told; i++) {
      reading.isStill = true
      patient.notify(gap)
      if (i % 100 === 0) reading.read()
    }
    expect(reading.closedWith).toBeUndefined()
  })
})
