import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClickHouseProxy } from '../crash/support/clickhouse-proxy.ts'
import { clickhouseAt, originOf } from '../crash/support/server.ts'
import { startTestEngine, type TestEngine } from '../support/engine.ts'
import { CanaryScene } from './support/canary-scene.ts'
import { Clustered } from './support/clustered.ts'

/**
 * Scenario: a canary in a pod, read by `weir canary`'s reader, while what can happen to pod, node, API server, gateway, collector
 * and ClickHouse happens. Guarantee: 0 missing, 0 duplicate, 0 unannounced, live and stored.
 */

let engine: TestEngine
let proxy: ClickHouseProxy
let clustered: Clustered
let isDown = false

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

beforeAll(async () => {
  engine = await startTestEngine()
  const origin = await originOf(engine)
  proxy = await ClickHouseProxy.start(() =>
    isDown ? Promise.reject(new Error('down')) : Promise.resolve(origin),
  )
  const clickhouse = JSON.stringify(clickhouseAt(proxy.origin))
  // The reader comes back to where it was, also after a restart.
  const listen = `{grpc: 127.0.0.1:0, http: 127.0.0.1:0, api: "127.0.0.1:${await freePort()}"}`
  clustered = await Clustered.start(2000, { more: `clickhouse: ${clickhouse}\nlisten: ${listen}\n` })
})
afterAll(async () => {
  await clustered.stop()
  await proxy.stop()
  await engine.stop()
})

type Row = {
  readonly what: string
  readonly happens: (canary: CanaryScene) => Promise<void>
  /** Of what is announced. */
  readonly gap?: RegExp
  /** Of the reader. */
  readonly connections?: number
}

const refusal = (times: number) =>
  Array.from({ length: times }, () => ({ refuse: { status: 500, message: 'no' } }))

async function cutOff({ scene }: CanaryScene): Promise<void> {
  const follow = scene.follow!
  follow.reset()
  await follow.ended
}

const TABLE: ReadonlyArray<Row> = [
  {
    what: 'nothing but lines, some of them long',
    async happens(canary) {
      canary.write(50, { bytes: 200 })
      canary.write(3, { bytes: 40_000 })
      canary.write(50)
    },
  },
  {
    what: 'rotation by rename',
    async happens(canary) {
      canary.write(5)
      canary.scene.log.rotate()
      canary.write(5)
    },
  },
  {
    what: 'rotation while the follow is cut',
    gap: /rotated/,
    async happens(canary) {
      await cutOff(canary)
      canary.write(5, { seconds: 1 })
      canary.scene.log.rotate()
      canary.write(5)
    },
  },
  {
    what: 'a restart of the container',
    async happens(canary) {
      canary.write(5)
      clustered.cluster.restart(canary.scene.pod)
      canary.write(5)
    },
  },
  {
    what: 'a restart of the API server',
    async happens(canary) {
      clustered.cluster.behaveCalls('list', { cut: true })
      clustered.cluster.behaveCalls('watch', { cut: true }, { cut: true })
      clustered.cluster.endWatches('cut')
      canary.scene.follow!.reset()
      canary.write(5)
    },
  },
  {
    what: 'a reset in the middle of a line',
    async happens(canary) {
      const again = clustered.cluster.kubelet.nextLog()
      clustered.cluster.kubelet.behave({ afterBytes: 60, fault: 'reset' })
      canary.scene.follow!.reset()
      await again
      canary.write(10)
    },
  },
  {
    what: 'the boundaries of seconds and equal nanoseconds',
    async happens(canary) {
      const second = BigInt(clustered.cluster.clock.seconds + 1) * 1_000_000_000n
      clustered.cluster.clock.pass(2)
      for (const ns of [second - 1n, second, second, second, second + 1n]) canary.write(1, { ns })
      await cutOff(canary)
      canary.write(3, { ns: second + 1n })
    },
  },
  {
    what: 'stdout and stderr out of order',
    async happens(canary) {
      const ns = clustered.cluster.clock.next(2_000_000_000n)
      canary.write(3, { ns })
      canary.write(3, { ns: ns - 700_000_000n, stream: 'stderr' })
      await cutOff(canary)
      canary.write(3, { ns: ns - 600_000_000n, stream: 'stderr' })
      canary.write(3)
    },
  },
  {
    what: 'a collector that is 30 s behind, and one of its batches five minutes late',
    async happens(canary) {
      const { clock } = clustered.cluster
      canary.write(10, { seconds: 1 })
      const held = new Set(canary.scene.truth.slice(-3).map(({ ns }) => ns))
      for (let round = 0; round < 10; round++) {
        const behind = BigInt(clock.seconds) * 1_000_000_000n
        canary.write(3, { seconds: 10 })
        await canary.collect(({ ns }) => ns > behind || held.has(ns))
      }
      await canary.seen()
    },
  },
  {
    what: 'a restart of the gateway, from a token on',
    connections: 2,
    async happens(canary) {
      canary.write(10)
      await canary.seen()
      await canary.hasToken()
      await clustered.restart()
      canary.write(5)
    },
  },
  {
    what: 'a restart of the gateway, before its token has come',
    connections: 2,
    async happens(canary) {
      canary.write(10)
      await canary.seen()
      await canary.collect()
      await clustered.restart()
      canary.write(5)
    },
  },
  {
    what: 'a restart of the gateway, in the middle of lines',
    connections: 2,
    async happens(canary) {
      canary.write(10)
      await canary.seen(15)
      const stopped = clustered.restart()
      for (let i = 0; i < 20; i++) {
        canary.write(1)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await stopped
      canary.write(5)
    },
  },
  {
    what: 'a ClickHouse that is away for minutes',
    async happens(canary) {
      isDown = true
      proxy.forget()
      for (let round = 0; round < 5; round++) {
        canary.write(5, { seconds: 12 })
        await canary.collect()
      }
      // Live goes on meanwhile.
      await canary.seen()
      await cutOff(canary)
      canary.write(5)
      await canary.seen()
      isDown = false
    },
  },
]

describe('a canary stays clean through', () => {
  for (const [n, { what, happens, gap, connections = 1 }] of TABLE.entries())
    it(what, async () => {
      const canary = new CanaryScene(clustered, `canary-${n}`)
      await canary.follow()
      canary.write(10, { seconds: 1 })
      await canary.seen()
      await canary.collect()
      await happens(canary)
      const report = await canary.report()
      expect({ ...report, notes: canary.notes }).toMatchObject({
        faults: [],
        clean: true,
        live: { missing: 0, duplicate: 0, unannounced: 0, outOfOrder: 0, damaged: 0, connections },
        stored: { missing: 0, duplicate: 0, outOfOrder: 0, damaged: 0 },
      })
      expect(report.live!.lines).toBe(report.written)
      expect(report.live!.gaps).toBe(gap === undefined ? 0 : 1)
      if (gap !== undefined) expect(canary.notes).toEqual([expect.stringMatching(gap)])
    })

  it('the deletion of the pod, before its log was read to the end', async () => {
    const canary = new CanaryScene(clustered, 'canary-gone')
    await canary.follow()
    canary.write(10, { seconds: 1 })
    await canary.seen()
    clustered.cluster.kubelet.behave(...refusal(20))
    await cutOff(canary)
    canary.write(3, { seconds: 1 })
    clustered.cluster.deletePod(canary.scene.pod)
    await canary.noted(/gap/)
    const report = await canary.report()
    expect(report).toMatchObject({ clean: true, live: { missing: 0, duplicate: 0 }, stored: { missing: 0 } })
  })
})
