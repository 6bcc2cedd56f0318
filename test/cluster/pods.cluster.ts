import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createKubernetesClient, type KubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import type { PodChange } from '../../src/tail/kubernetes/pods/pod-view.ts'
import { WatchedPods } from '../../src/tail/kubernetes/pods/watch-pods.ts'
import { Journal } from '../tail/support/journal.ts'
import { ManualTimers } from '../tail/support/manual-timers.ts'
import { ControlPlane } from './support/control-plane.ts'
import { RealCluster } from './support/real-cluster.ts'

/**
 * Scenario: the view of the pods while its connection is cut, and while the API server is killed and forgets. Guarantees:
 * it ends up with the pods that there are, and lists only when it has to.
 */

let plane: ControlPlane
let cluster: RealCluster
let timers: ManualTimers
let client: KubernetesClient
let view: WatchedPods
let changes: Journal<PodChange>
let listsBefore = 0
const forever = new AbortController().signal

beforeAll(async () => {
  plane = await ControlPlane.start()
})
afterAll(() => plane.stop())

beforeEach(async () => {
  cluster = await RealCluster.start(plane)
  timers = new ManualTimers()
  client = createKubernetesClient(cluster.target(), { timers, random: () => 0.5 })
  view = new WatchedPods(client, { scope: {}, podsMax: 600, timers, random: () => 0.5 })
  changes = new Journal()
  view.subscribe((change) => changes.push(change))
  listsBefore = await allLists()
})

afterEach(async () => {
  await view.stop()
  await client.close()
  await cluster.stop()
})

async function started(): Promise<void> {
  view.start()
  await view.listed
}

function names(): string[] {
  return [...view.pods()].map(({ name }) => name).sort()
}

function change(type: PodChange['type'], name: string): Promise<PodChange> {
  return changes.find((entry) => entry.type === type && entry.pod.name === name)
}

/** As the API server counts. */
async function allLists(): Promise<number> {
  const audited = await plane.audit()
  return audited.filter(({ verb, objectRef }) => verb === 'list' && objectRef?.resource === 'pods').length
}

async function lists(): Promise<number> {
  return (await allLists()) - listsBefore
}

async function restartApiServer(): Promise<void> {
  await plane.killApiServer()
  await plane.startApiServer()
}

describe('the view of the pods', () => {
  it('is the list, then every change', async () => {
    const first = await cluster.runPod({ name: 'first' })
    await started()
    expect(names()).toEqual(['first'])
    const second = await cluster.runPod({ name: 'second' })
    await change('changed', 'second')
    await cluster.restart(first)
    const restarted = (entry: PodChange): boolean => entry.pod.containers[0]?.current?.restartCount === 1
    const { pod } = await changes.find(restarted)
    expect(pod.containers[0]!.current!.id).toBe(first.container().current!.id)
    await cluster.deletePod(second)
    await change('deleted', 'second')
    expect(names()).toEqual(['first'])
    expect(await lists()).toBe(1)
  })

  it('goes on from the last version when the watch was cut', async () => {
    await started()
    await cluster.runPod({ name: 'first' })
    await changes.find(({ pod }) => pod.containers[0]?.state === 'running')
    cluster.cutConnections()
    await cluster.runPod({ name: 'second' })
    await change('changed', 'second')
    expect(names()).toEqual(['first', 'second'])
    expect(await lists()).toBe(1)
  })

  it('survives an API server that is killed', async () => {
    const gone = await cluster.runPod({ name: 'gone' })
    await started()
    await plane.killApiServer()
    await timers.fire('backoff')
    await plane.startApiServer()
    await cluster.deletePod(gone)
    await cluster.runPod({ name: 'new' })
    await timers.fire('backoff')
    await change('changed', 'new')
    expect(names()).toEqual(['new'])
    expect(view.problem).toBeUndefined()
  })

  it('lists again when the API server has forgotten its version, and learns what was missed', async () => {
    const gone = await cluster.runPod({ name: 'gone' })
    await started()
    // The first that comes back starts before its version, the second after it.
    await restartApiServer()
    await cluster.deletePod(gone)
    await cluster.runPod({ name: 'new' })
    await plane.etcd.compact()
    await restartApiServer()
    await timers.fire('backoff')
    await timers.fire('backoff')
    await change('changed', 'new')
    expect(names()).toEqual(['new'])
    expect(await lists()).toBe(2)
  })
})

describe('the client', () => {
  it('calls a watch from a version that is forgotten expired', async () => {
    const { resourceVersion } = await client.listPods({}, 600, forever)
    await cluster.runPod({ name: 'first' })
    await plane.etcd.compact()
    await restartApiServer()
    const events = client.watchPods({}, resourceVersion, forever)
    await expect(events.next()).rejects.toMatchObject({ code: 'expired', status: 410 })
  })

  it('reads a long list page by page', async () => {
    const path = '/api/v1/namespaces/many/pods'
    await cluster.addPod({ namespace: 'many', name: 'pod-0' })
    const expected = Array.from({ length: 501 }, (_, i) => `pod-${i}`)
    const labels = { bulk: 'yes' }
    for (const name of expected.slice(1)) {
      const spec = { nodeName: 'node-1', containers: [{ name: 'app', image: 'app' }] }
      await plane.admin.do({ method: 'POST', path, body: { metadata: { name, labels }, spec } })
    }
    const { pods } = await client.listPods({ namespace: 'many' }, 600, forever)
    expect(pods.map(({ metadata }) => metadata.name).sort()).toEqual(expected.sort())
    expect(await lists()).toBe(2)
    await plane.admin.do({ method: 'DELETE', path: `${path}?labelSelector=bulk%3Dyes&gracePeriodSeconds=0` })
  })
})
