import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Clustered } from './support/clustered.ts'
import { ago, bodies, gaps, has, isReady, late, Scene } from './support/scene.ts'
import type { NativeFrame, TailClient } from './support/tail-client.ts'

/**
 * Scenario: a pod is tailed from ten minutes ago on, while what can happen to it, its node, its API server and its collector
 * happens. Guarantee: each line is told once, live or late, and what the kubelet could not bring is announced.
 */

let clustered: Clustered
beforeAll(async () => {
  clustered = await Clustered.start(300)
})
afterAll(() => clustered.stop())

type Client = TailClient<NativeFrame>
/** The pod has written and the collector has brought some of it when the tail begins. */
async function begin(name: string): Promise<{ readonly scene: Scene; readonly client: Client }> {
  const scene = Scene.of(clustered, name)
  scene.write(20, 1)
  await scene.collect()
  await clustered.stored()
  const client = await clustered.tail({ ...scene.query, start: ago(900) })
  await client.until((frames) => isReady(frames) && has(scene.texts.at(-1))(frames))
  return { scene, client }
}

async function once(scene: Scene, client: Client): Promise<void> {
  const told = await scene.settle(client)
  expect(told.toSorted()).toEqual(scene.texts.toSorted())
  await client.close()
}

type Row = {
  readonly what: string
  readonly happens: (scene: Scene, client: Client) => Promise<void>
  /** Of the gaps that are announced. */
  readonly gap?: RegExp
}

const TABLE: ReadonlyArray<Row> = [
  {
    what: 'rotation under an open follow',
    async happens(scene, client) {
      scene.write(3)
      scene.log.rotate()
      scene.write(3)
      await client.until(has(scene.texts.at(-1)))
    },
  },
  {
    what: 'rotation while the follow is cut; the lost lines are stored later',
    gap: /rotated/,
    async happens(scene, client) {
      const follow = scene.follow!
      follow.reset()
      await follow.ended
      scene.write(2, 1)
      scene.log.rotate()
      const after = scene.write(2)
      await client.until(has(after[1]))
    },
  },
  {
    what: 'rotation while the follow is cut; the lost lines are stored before that is found out',
    gap: /rotated/,
    async happens(scene, client) {
      clustered.cluster.kubelet.behave(
        ...Array.from({ length: 4 }, () => ({ refuse: { status: 500, message: 'no' } })),
      )
      const follow = scene.follow!
      follow.reset()
      await follow.ended
      scene.write(2, 1)
      scene.log.rotate()
      await scene.collect()
      await clustered.stored()
      const after = scene.write(2)
      await client.until(has(after[1]))
    },
  },
  {
    what: 'a reset in the middle of a line',
    async happens(scene, client) {
      const again = clustered.cluster.kubelet.nextLog()
      const follow = scene.follow!
      clustered.cluster.kubelet.behave({ afterBytes: 20, fault: 'reset' })
      follow.reset()
      await again
      scene.write(5)
      await client.until(has(scene.texts.at(-1)))
    },
  },
  {
    what: 'a restart of the container',
    async happens(scene, client) {
      scene.write(2)
      clustered.cluster.restart(scene.pod)
      scene.write(2)
      await client.until(has(scene.texts.at(-1)))
      await client.until((frames) => frames.some(({ type, event }) => type === 'pod' && event === 'started'))
    },
  },
  {
    what: 'lines on the boundary of a second, of the same nanosecond, and the same twice',
    async happens(scene, client) {
      const second = BigInt(clustered.cluster.clock.seconds + 1) * 1_000_000_000n
      clustered.cluster.clock.pass(2)
      for (const ns of [second - 1n, second, second, second + 1n]) scene.write(1, 0, { ns })
      for (let i = 0; i < 2; i++)
        scene.log.append('the same', { ns: second + 1n, stream: i === 0 ? 'stdout' : 'stderr' })
      await client.until((frames) => bodies(frames).filter((text) => text === 'the same').length === 2)
    },
  },
  {
    what: 'stdout and stderr out of order',
    async happens(scene, client) {
      const ns = clustered.cluster.clock.next(2_000_000_000n)
      scene.write(1, 0, { ns })
      scene.write(2, 0, { ns: ns - 700_000_000n, stream: 'stderr' })
      const last = scene.write(1)
      await client.until(has(last[0]))
    },
  },
  {
    what: 'a restart of the API server',
    async happens(scene, client) {
      const { cluster } = clustered
      cluster.behaveCalls('list', { cut: true })
      cluster.behaveCalls('watch', { cut: true }, { cut: true })
      cluster.endWatches('cut')
      scene.follow!.reset()
      scene.write(3)
      await client.until(has(scene.texts.at(-1)))
    },
  },
  {
    what: 'a batch that the collector brings minutes late',
    async happens(scene, client) {
      const held = new Set(scene.write(3, 20))
      scene.write(3, 20)
      await client.until(has(scene.texts.at(-1)))
      await scene.collect(({ text }) => held.has(text))
      const later = await clustered.tail({ ...scene.query, start: ago(900) })
      await later.until((frames) => isReady(frames) && has(scene.texts.at(-1))(frames))
      // Both are told the rest: who saw it live, and who came after that and has it from neither.
      expect((await scene.settle(later)).toSorted()).toEqual(scene.texts.toSorted())
      await later.close()
    },
  },
]

describe('a tail, through', () => {
  for (const { what, happens, gap } of TABLE)
    it(what, async () => {
      const { scene, client } = await begin(`pod-${TABLE.findIndex((row) => row.what === what)}`)
      await happens(scene, client)
      await once(scene, client)
      if (gap === undefined) expect(gaps(client.frames)).toEqual([])
      else {
        expect(gaps(client.frames)).toEqual([expect.stringMatching(gap)])
        expect(late(client.frames)).toHaveLength(2)
      }
    })

  it('the deletion of the pod, before its log was read to the end', async () => {
    const { scene, client } = await begin('pod-gone')
    const { cluster } = clustered
    cluster.kubelet.behave(...Array.from({ length: 20 }, () => ({ refuse: { status: 500, message: 'no' } })))
    const follow = scene.follow!
    follow.reset()
    await follow.ended
    const lost = scene.write(2, 1)
    cluster.deletePod(scene.pod)
    await client.until((frames) => gaps(frames).length > 0)
    await scene.collect()
    await client.until((frames) => late(frames).length === 2)
    expect(late(client.frames)).toEqual(lost)
    expect(bodies(client.frames).toSorted()).toEqual(scene.texts.toSorted())
    expect(client.frames.at(-1)?.type).not.toBe('end')
    await client.close()
  })
})
