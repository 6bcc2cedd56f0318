import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ClickHouseProxy } from '../crash/support/clickhouse-proxy.ts'
import { clickhouseAt, originOf } from '../crash/support/server.ts'
import { startTestEngine, type TestEngine } from '../support/engine.ts'
import type { TestGateway } from '../support/gateway.ts'
import { Clustered } from './support/clustered.ts'
import { ago, bodies, gaps, has, isReady, late, leave, Scene } from './support/scene.ts'
import type { NativeFrame, TailClient } from './support/tail-client.ts'

/**
 * Scenario: lines of a pod that its kubelet can not bring are not stored yet when the viewer that lacks them leaves; it comes
 * back with its token. Guarantee: it is told each of them once, as soon as it is stored, though nothing is announced where
 * nothing says that a line was there.
 */

let engine: TestEngine
let proxy: ClickHouseProxy
let clustered: Clustered
let replica: TestGateway
let isDown = false

beforeAll(async () => {
  engine = await startTestEngine()
  const origin = await originOf(engine)
  proxy = await ClickHouseProxy.start(() =>
    isDown ? Promise.reject(new Error('down')) : Promise.resolve(origin),
  )
  const clickhouse = JSON.stringify(clickhouseAt(proxy.origin))
  clustered = await Clustered.start(300, { more: `clickhouse: ${clickhouse}\n` })
  replica = await clustered.replica()
})
afterEach(() => {
  isDown = false
})
afterAll(async () => {
  await replica.stop()
  await clustered.stop()
  await proxy.stop()
  await engine.stop()
})

type Client = TailClient<NativeFrame>

/** Ready: lines that are written then come from the kubelet. */
async function begin(scene: Scene, from: Record<string, string> = { start: ago(900) }): Promise<Client> {
  const client = await clustered.tail({ ...scene.query, ...from })
  await client.until(isReady)
  return client
}

/** A pod whose beginning was rotated away before anybody read it, and who came in time for the rest. */
async function beheaded(name: string): Promise<{ scene: Scene; lost: string[]; client: Client }> {
  const scene = Scene.of(clustered, name)
  const lost = scene.write(6, 1)
  scene.log.rotate()
  const client = await begin(scene)
  return { scene, lost, client }
}

async function once(scene: Scene, client: Client, told: ReadonlyArray<string>): Promise<void> {
  expect((await scene.settle(client, told)).toSorted()).toEqual(scene.texts.toSorted())
}

/** What is collected of these lines, and stored. */
async function collect(scene: Scene, texts: ReadonlyArray<string>): Promise<void> {
  await scene.collect(({ text }) => !texts.includes(text))
  await clustered.stored()
}

describe('a beginning that was rotated away', () => {
  it('is told to who left before it was stored', async () => {
    const { scene, lost, client } = await beheaded('beheaded')
    const [first] = scene.write(1, 2)
    await client.until(has(first))
    const { told, resume } = await leave(client)
    const next = await begin(scene, { resume })
    await once(scene, next, told)
    expect(late(next.frames)).toEqual(expect.arrayContaining(lost))
    expect(gaps([...client.frames, ...next.frames])).toEqual([])
    await next.close()
  })

  it('in parts: before it left, while it was away, after it came back, and after it came back again', async () => {
    const { scene, lost, client } = await beheaded('in-parts')
    await client.until(has(scene.write(1, 2)[0]))
    await collect(scene, lost.slice(0, 1))
    await client.until(has(lost[0]))
    const first = await leave(client)
    await collect(scene, lost.slice(1, 2))
    const next = await begin(scene, { resume: first.resume })
    await next.until(has(lost[1]))
    await collect(scene, lost.slice(2, 3))
    await next.until(has(lost[2]))
    await next.until(has(scene.write(1, 2)[0]))
    const second = await leave(next)
    await collect(scene, lost.slice(3, 4))
    const last = await begin(scene, { resume: second.resume })
    await last.until(has(lost[3]))
    await once(scene, last, [...first.told, ...second.told])
    await last.close()
  })

  it('is told at another gateway', async () => {
    const { scene, client } = await beheaded('elsewhere')
    await client.until(has(scene.write(1, 2)[0]))
    const { told, resume } = await leave(client)
    const next = await clustered.tail({ ...scene.query, resume }, replica)
    await next.until(isReady)
    await once(scene, next, told)
    await next.close()
  })

  it('is told where no line had come when its viewer left', async () => {
    const { scene, lost, client } = await beheaded('silent')
    // A row says that the silence was noticed.
    await collect(scene, lost.slice(0, 1))
    await client.until(has(lost[0]))
    const { told, resume } = await leave(client)
    const next = await begin(scene, { resume })
    await next.until(has(scene.write(3, 1)[2]))
    await once(scene, next, told)
    await next.close()
  })

  it('is told where it was rotated away while its viewer, who had seen no line, was away', async () => {
    const scene = Scene.of(clustered, 'unseen')
    const client = await begin(scene)
    const { told, resume } = await leave(client)
    scene.write(3, 1)
    scene.log.rotate()
    const next = await begin(scene, { resume })
    await next.until(has(scene.write(1, 1)[0]))
    await once(scene, next, told)
    await next.close()
  })

  it('is told to each of two viewers, of which one left', async () => {
    const { scene, lost, client } = await beheaded('two')
    const stays = await begin(scene)
    await client.until(has(scene.write(1, 2)[0]))
    const { told, resume } = await leave(client)
    await collect(scene, lost.slice(0, 3))
    await stays.until(has(lost[2]))
    const next = await begin(scene, { resume })
    await next.until(has(lost[2]))
    await once(scene, next, told)
    await stays.until(has(scene.texts.at(-1)))
    expect(bodies(stays.frames).toSorted()).toEqual(scene.texts.toSorted())
    await Promise.all([next.close(), stays.close()])
  })
})

/** The log is rotated while nobody can read it. */
async function cut(scene: Scene, lines: number): Promise<string[]> {
  const follow = scene.follow!
  follow.reset()
  await follow.ended
  const lost = scene.write(lines, 1)
  scene.log.rotate()
  scene.write(1, 2)
  return lost
}

async function tailed(name: string): Promise<{ scene: Scene; client: Client }> {
  const scene = Scene.of(clustered, name)
  scene.write(5, 1)
  const client = await begin(scene)
  await client.until(has(scene.texts.at(-1)))
  return { scene, client }
}

describe('an announced hole', () => {
  it('is filled after its viewer came back, whatever of it is stored when', async () => {
    const { scene, client } = await tailed('announced')
    const lost = await cut(scene, 5)
    await client.until(has(scene.texts.at(-1)))
    await collect(scene, lost.slice(0, 1))
    await client.until(has(lost[0]))
    const first = await leave(client)
    await collect(scene, lost.slice(1, 2))
    const next = await begin(scene, { resume: first.resume })
    await next.until(has(scene.write(1, 2)[0]))
    const second = await leave(next)
    await collect(scene, lost.slice(2, 3))
    const last = await begin(scene, { resume: second.resume })
    await once(scene, last, [...first.told, ...second.told])
    expect(gaps(client.frames)).toHaveLength(1)
    expect(gaps([...next.frames, ...last.frames])).toEqual([])
    await last.close()
  })

  it('found by who came back is filled when it comes back again', async () => {
    const { scene, client } = await tailed('while-away')
    const first = await leave(client)
    scene.write(3, 1)
    scene.log.rotate()
    const next = await begin(scene, { resume: first.resume })
    await next.until(has(scene.write(1, 2)[0]))
    const second = await leave(next)
    const last = await begin(scene, { resume: second.resume })
    await once(scene, last, [...first.told, ...second.told])
    expect(gaps(next.frames)).toHaveLength(1)
    await last.close()
  })

  it('of which rows were acknowledged, but not stored, is filled at another gateway once they are', async () => {
    const { scene, client } = await tailed('unread')
    isDown = true
    proxy.forget()
    const follow = scene.follow!
    clustered.cluster.kubelet.behave(
      ...Array.from({ length: 4 }, () => ({ refuse: { status: 500, message: 'no' } })),
    )
    follow.reset()
    await follow.ended
    const lost = scene.write(3, 1)
    scene.log.rotate()
    await scene.collect(({ text }) => text === lost[0])
    await client.until(has(scene.write(1, 2)[0]))
    const { told, resume } = await leave(client)
    expect(told).not.toContain(lost[1])
    const next = await clustered.tail({ ...scene.query, resume }, replica)
    await next.until(isReady)
    isDown = false
    await once(scene, next, told)
    await next.close()
  })
})

describe('the beginning of a new pod that was rotated away', () => {
  it('is told of a pod that came while its viewer was away', async () => {
    const old = Scene.of(clustered, 'family-old')
    const query = { query: '{pod=~"family-.*"}' }
    const client = await clustered.tail({ ...query, start: ago(900) })
    await client.until(isReady)
    await client.until(has(old.write(1, 1)[0]))
    const { told, resume } = await leave(client)
    // Stamps are later than the token, and the pod is not so new that nothing can have been rotated away.
    clustered.cluster.clock.pass(Math.ceil(Date.now() / 1000) + 60 - clustered.cluster.clock.seconds)
    const scene = Scene.of(clustered, 'family-new')
    const lost = scene.write(3, 1)
    scene.log.rotate()
    const next = await clustered.tail({ ...query, resume })
    await next.until(isReady)
    await next.until(has(scene.write(1, 1)[0]))
    await scene.collect()
    await next.until((frames) => lost.every((text) => has(text)(frames)))
    expect(bodies(next.frames).toSorted()).toEqual(scene.texts.toSorted())
    expect(told).toEqual(old.texts)
    await next.close()
  })
})

describe('lines that were rotated away while their viewer was away', () => {
  it.each([
    ['here', false],
    ['at another gateway', true],
  ])('are announced and told though the pod writes no more: %s', async (where, isElsewhere) => {
    const scene = Scene.of(clustered, `fell-silent-${where.length}`)
    const client = await begin(scene)
    await client.until(has(scene.write(2, 1)[1]))
    const { told, resume } = await leave(client)
    await expect.poll(() => scene.follow, { timeout: 10_000 }).toBe(undefined)
    const lost = scene.write(3, 1)
    scene.log.rotate()
    const next = await clustered.tail({ ...scene.query, resume }, isElsewhere ? replica : undefined)
    await next.until((frames) => gaps(frames).length > 0)
    // It goes again before anything is stored, and comes back to the same silence.
    const second = await leave(next)
    expect(second.told).toEqual([])
    const last = await begin(scene, { resume: second.resume })
    await collect(scene, lost)
    await last.until((frames) => lost.every((text) => has(text)(frames)))
    expect(late(last.frames)).toEqual(lost)
    await once(scene, last, told)
    await last.close()
  })
})
