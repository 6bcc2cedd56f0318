import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ClickHouseProxy } from '../crash/support/clickhouse-proxy.ts'
import { clickhouseAt, originOf } from '../crash/support/server.ts'
import { startTestEngine, type TestEngine } from '../support/engine.ts'
import type { TestGateway } from '../support/gateway.ts'
import { Clustered } from './support/clustered.ts'
import { ago, gaps, has, isReady, late, leave, Scene } from './support/scene.ts'
import type { NativeFrame, TailClient } from './support/tail-client.ts'

/**
 * Scenario: tails of a pod that end and go on with their token, at the same gateway after a restart or at another one, and a
 * ClickHouse that does not answer for a while. Guarantee: each line once, as if nothing had been; what has to wait is announced.
 */

let engine: TestEngine
let proxy: ClickHouseProxy
let clustered: Clustered
let isDown = false

const replicas: TestGateway[] = []

async function start(ofKubernetes = ''): Promise<Clustered> {
  const clickhouse = JSON.stringify(clickhouseAt(proxy.origin))
  return Clustered.start(300, { more: `clickhouse: ${clickhouse}\n`, ofKubernetes })
}

beforeAll(async () => {
  engine = await startTestEngine()
  const origin = await originOf(engine)
  proxy = await ClickHouseProxy.start(() =>
    isDown ? Promise.reject(new Error('down')) : Promise.resolve(origin),
  )
})
afterEach(async () => {
  await clustered.stop()
  for (const replica of replicas.splice(0)) await replica.stop()
})
afterAll(async () => {
  await proxy.stop()
  await engine.stop()
})

async function begin(
  name: string,
): Promise<{ readonly scene: Scene; readonly client: TailClient<NativeFrame> }> {
  const scene = Scene.of(clustered, name)
  scene.write(10, 1)
  await scene.collect(({ text }) => text.endsWith(' 3'))
  await clustered.stored()
  const client = await clustered.tail({ ...scene.query, start: ago(900) })
  await client.until((frames) => isReady(frames) && has(scene.texts.at(-1))(frames))
  return { scene, client }
}

describe('a token', () => {
  it('goes on after a restart of the gateway, within a second, within a nanosecond', async () => {
    clustered = await start()
    const { scene, client } = await begin('pod-a')
    const ns = clustered.cluster.clock.next(1_000_000_000n)
    scene.write(3, 0, { ns })
    await client.until(has(scene.texts.at(-1)))
    const { told, resume } = await leave(client)
    scene.write(2, 0, { ns })
    scene.write(2, 1)
    await scene.collect(({ text }) => text.endsWith(' 3') || text.endsWith(' 4'))
    await clustered.restart()
    scene.write(2, 1)
    const next = await clustered.tail({ ...scene.query, resume })
    await next.until(has(scene.texts.at(-1)))
    expect((await scene.settle(next, told)).toSorted()).toEqual(scene.texts.toSorted())
    expect(gaps(next.frames)).toEqual([])
    await next.close()
  })

  it('goes on at another gateway, which follows the pod for somebody else', async () => {
    clustered = await start()
    const { scene, client } = await begin('pod-b')
    const other = await clustered.replica()
    replicas.push(other)
    const watching = await clustered.tail({ ...scene.query, start: ago(900) }, other)
    await watching.until(isReady)
    scene.write(3, 1)
    await client.until(has(scene.texts.at(-1)))
    const { told, resume } = await leave(client)
    scene.write(3, 1)
    await watching.until(has(scene.texts.at(-1)))
    const next = await clustered.tail({ ...scene.query, resume }, other)
    await next.until(has(scene.texts.at(-1)))
    scene.write(2, 1)
    expect((await scene.settle(next, told)).toSorted()).toEqual(scene.texts.toSorted())
    await Promise.all([next.close(), watching.close()])
  })

  it('of a gateway that does not remember so much: the lines between are announced, and stored', async () => {
    clustered = await start('ringBytesMax: 1KiB,')
    const { scene, client } = await begin('pod-c')
    const { told, resume } = await leave(client)
    const other = await clustered.replica()
    replicas.push(other)
    const watching = await clustered.tail({ ...scene.query, start: ago(900) }, other)
    await watching.until(isReady)
    for (let i = 0; i < 60; i++) scene.write(1, 1)
    await watching.until(has(scene.texts.at(-1)))
    const next = await clustered.tail({ ...scene.query, resume }, other)
    await next.until((frames) => gaps(frames).length > 0)
    expect(gaps(next.frames)).toEqual([expect.stringContaining('does not have these lines any more')])
    expect((await scene.settle(next, told)).toSorted()).toEqual(scene.texts.toSorted())
    expect(late(next.frames).length).toBeGreaterThan(10)
    await Promise.all([next.close(), watching.close()])
  })

  it('after a rotation: what was lost is announced, and stored', async () => {
    clustered = await start()
    const { scene, client } = await begin('pod-d')
    const { told, resume } = await leave(client)
    const lost = scene.write(2, 1)
    scene.log.rotate()
    scene.write(2, 1)
    const next = await clustered.tail({ ...scene.query, resume })
    await next.until(has(scene.texts.at(-1)))
    expect(gaps(next.frames)).toHaveLength(1)
    expect((await scene.settle(next, told)).toSorted()).toEqual(scene.texts.toSorted())
    expect(late(next.frames)).toEqual(expect.arrayContaining(lost))
    await next.close()
  })
})

describe('without ClickHouse', () => {
  it('live lines go on; the hole in history is announced, and filled when it is back', async () => {
    clustered = await start()
    const scene = Scene.of(clustered, 'pod-e')
    scene.write(10, 20)
    await scene.collect()
    await clustered.stored()
    isDown = true
    proxy.forget()
    const client = await clustered.tail({ ...scene.query, start: ago(900) })
    await client.until((frames) => gaps(frames).length > 0)
    expect(gaps(client.frames)[0]).toBe('Stored lines can not be read now.')
    scene.write(3, 1)
    await client.until(has(scene.texts.at(-1)))
    isDown = false
    expect((await scene.settle(client)).toSorted()).toEqual(scene.texts.toSorted())
    await client.close()
  })
})
