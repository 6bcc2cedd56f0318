import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKubernetesClient, type KubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import type { Pod } from '../../src/tail/kubernetes/pods/pod.ts'
import type { PodChange } from '../../src/tail/kubernetes/pods/pod-view.ts'
import { WatchedPods } from '../../src/tail/kubernetes/pods/watch-pods.ts'
import { FakeCluster } from './support/fake-cluster.ts'
import { Journal } from './support/journal.ts'
import { ManualTimers } from './support/manual-timers.ts'

let cluster: FakeCluster
let timers: ManualTimers
let client: KubernetesClient
let view: WatchedPods
let changes: Journal<PodChange>

beforeEach(async () => {
  cluster = await FakeCluster.start()
  timers = new ManualTimers()
  client = createKubernetesClient(cluster.target(), { timers, random: () => 0.5 })
  view = new WatchedPods(client, { scope: {}, podsMax: 5, timers, random: () => 0.5 })
  changes = new Journal()
  view.subscribe((change) => changes.push(change))
})

afterEach(async () => {
  await view.stop()
  await client.close()
  await cluster.stop()
})

function names(): string[] {
  return [...view.pods()].map(({ name }) => name)
}

async function started(): Promise<void> {
  view.start()
  await view.listed
  await cluster.requests.find(({ verb }) => verb === 'watch')
}

function change(type: PodChange['type'], name: string): Promise<PodChange> {
  return changes.find((entry) => entry.type === type && entry.pod.name === name)
}

/** The watch that comes after those so far. */
async function nextWatch(): Promise<URL> {
  const request = await cluster.requests.find(({ verb }) => verb === 'watch', cluster.requests.all.length)
  return request.url
}

function lists(): number {
  return cluster.requests.all.filter(({ verb }) => verb === 'list').length
}

describe('the view of the pods', () => {
  it('is the list, then every change', async () => {
    const first = cluster.runPod({ name: 'first' })
    await started()
    expect(names()).toEqual(['first'])
    const second = cluster.runPod({ name: 'second' })
    await change('changed', 'second')
    cluster.deletePod(first)
    await change('deleted', 'first')
    expect(names()).toEqual(['second'])
    expect(view.find(second.uid)?.containers[0]).toMatchObject({
      state: 'running',
      current: { restartCount: 0 },
    })
    expect(lists()).toBe(1)
  })

  it.each([
    { name: 'ended by the server', how: 'end' },
    { name: 'cut', how: 'cut' },
  ] as const)(
    'a watch that is $name is gone on with from the last version, bookmarks counted',
    async ({ how }) => {
      await started()
      cluster.runPod({ name: 'first' })
      await change('changed', 'first')
      cluster.bookmark()
      const seen = cluster.runPod({ name: 'second' })
      await change('changed', 'second')
      const next = nextWatch()
      cluster.endWatches(how)
      const version = Number((await next).searchParams.get('resourceVersion'))
      cluster.publish(seen)
      await changes.until(() => changes.all.filter(({ pod }) => pod.name === 'second').length >= 3)
      expect(version).toBe(1005)
      expect(lists()).toBe(1)
    },
  )

  it('a bookmark alone moves the version', async () => {
    cluster.runPod({ name: 'first' })
    await started()
    cluster.bookmark()
    // What comes after the bookmark proves that it was read.
    cluster.runPod({ name: 'other' })
    await change('changed', 'other')
    cluster.bookmark()
    cluster.bookmark()
    const next = nextWatch()
    cluster.endWatches('end')
    expect(Number((await next).searchParams.get('resourceVersion'))).toBe(1007)
  })

  it('410 as an ERROR event: lists again, and learns what was missed', async () => {
    const gone = cluster.runPod({ name: 'gone' })
    await started()
    cluster.compact(true)
    // The watch is over: nobody hears of these two.
    cluster.deletePod(gone)
    cluster.runPod({ name: 'new' })
    await change('changed', 'new')
    expect(names()).toEqual(['new'])
    expect(lists()).toBe(2)
  })

  it('410 as the status of a watch: lists again, and learns what was missed', async () => {
    const gone = cluster.runPod({ name: 'gone' })
    await started()
    cluster.endWatches('cut')
    cluster.deletePod(gone)
    cluster.runPod({ name: 'new' })
    cluster.compact(false)
    await timers.fire('backoff')
    await timers.fire('backoff')
    await change('changed', 'new')
    expect(names()).toEqual(['new'])
    expect(lists()).toBe(2)
  })

  it('a connection that is silent is given up, and the watch gone on with', async () => {
    await started()
    const next = nextWatch()
    await timers.fire('watch-silence')
    void timers.fire('backoff')
    await next
    expect(lists()).toBe(1)
  })

  it('says what is wrong while it can not be kept up, and recovers', async () => {
    cluster.behaveCalls('list', { refuse: { status: 403, message: 'no' } })
    view.start()
    await timers.fire('backoff')
    await view.listed
    expect(view.problem).toBeUndefined()
    for (let i = 0; i < 6; i++) cluster.runPod({ name: `pod-${i}` })
    await changes.until(() => view.problem !== undefined || names().length === 5)
    await timers.fire('backoff')
    await cluster.requests.find(({ verb }) => verb === 'list', cluster.requests.all.length - 1)
    expect(view.problem?.message).toMatch(/more than 5/)
  })

  it('an older version that arrives late changes nothing', async () => {
    const pod = cluster.runPod({ name: 'first' })
    await started()
    cluster.behaveCalls('get', { body: JSON.stringify(pod.object(1)) })
    cluster.restart(pod)
    const restarted = (await changes.find(
      (entry) => entry.type === 'changed' && entry.pod.containers[0]?.current?.restartCount === 1,
    )) as PodChange
    const refreshed: Pod | undefined = await view.refresh(
      { uid: pod.uid, namespace: 'shop', name: 'first' },
      AbortSignal.timeout(10_000),
    )
    expect(refreshed).toBe(restarted.pod)
  })
})
