import { afterEach, describe, expect, it } from 'vitest'
import { CLUSTER, Clustered } from './support/clustered.ts'
import type { CallBehaviour } from './support/fake-cluster.ts'
import { ago, bodies, gaps, isReady, Scene } from './support/scene.ts'
import { sendLines } from './support/sender.ts'
import {
  LOKI_TAIL,
  type LokiFrame,
  lokiLines,
  type NativeFrame,
  nativeLines,
  TailClient,
} from './support/tail-client.ts'

/**
 * Scenario: what a viewer of a cluster is told beside the lines, and where lines come from that no kubelet has. Guarantees: it
 * hears why live lines do not come, and when they do again; history and received lines come all the same; nothing comes twice.
 */

let clustered: Clustered
afterEach(() => clustered.stop())

const has = (text: string | undefined) => (frames: ReadonlyArray<NativeFrame>) =>
  bodies(frames).includes(text!)
const problems = (frames: ReadonlyArray<NativeFrame>): unknown[] =>
  frames.flatMap(({ type, problem }) => (type === 'source' ? [problem] : []))

describe('a cluster', () => {
  it.each<[what: string, behaviour: CallBehaviour, told: RegExp]>([
    [
      'that forbids to list pods: which verb on which resource',
      { refuse: { status: 403, message: 'User "weir" cannot list resource "pods"' } },
      /Cluster "test".*list.*pods/,
    ],
    ['that can not be reached', { cut: true }, /Cluster "test".*can't list the pods/],
  ])('%s; the past and received lines come all the same', async (_, behaviour, told) => {
    clustered = await Clustered.start(300)
    const { cluster } = clustered
    const scene = Scene.of(clustered, 'shop-0')
    scene.write(5, 1)
    await scene.collect()
    await clustered.stored()
    const asked = 'cut' in behaviour ? 3 * 4 : 4
    cluster.behaveCalls('list', ...Array.from({ length: asked }, () => behaviour))
    const client = await clustered.tail({ ...scene.query, start: ago(900) })
    await client.until((frames) => isReady(frames) && problems(frames).length > 0)
    expect(problems(client.frames)[0]).toMatch(told)
    await client.until(has(scene.texts.at(-1)))
    expect(bodies(client.frames)).toEqual(scene.texts)
    const received = scene.write(2, 1)
    await scene.collect()
    await client.until(has(received[1]))

    // It may again: the kubelet's lines go on where the received ones ended.
    await client.until((frames) => problems(frames).at(-1) === undefined && problems(frames).length > 1)
    const live = scene.write(2, 1)
    await client.until(has(live[1]))
    expect((await scene.settle(client)).toSorted()).toEqual(scene.texts.toSorted())
    expect(gaps(client.frames)).toEqual([])
    await client.close()
  })

  it('that forbids to read logs: which verb on which resource in which namespace; and goes on trying', async () => {
    clustered = await Clustered.start(5)
    const { cluster } = clustered
    const refuse = { status: 403, message: 'User "weir" cannot get resource "pods/log"' }
    cluster.kubelet.behave(...Array.from({ length: 8 }, () => ({ refuse })))
    const scene = Scene.of(clustered, 'shop-5')
    const [first] = scene.write(1)
    const client = await clustered.tail({ ...scene.query, start: ago(900) })
    await client.until((frames) => problems(frames).some((problem) => problem !== undefined))
    expect(problems(client.frames)[0]).toMatch(/Cluster "test".*may not get pods\/log in namespace shop/)
    expect(JSON.stringify(client.frames)).not.toContain('cannot get resource')
    await client.until(has(first))
    await client.until((frames) => problems(frames).at(-1) === undefined)
    await client.close()
  })

  it('tells of containers that start and end', async () => {
    clustered = await Clustered.start(10)
    const { cluster } = clustered
    const client = await clustered.tail({ query: '{namespace="shop"}', start: ago(900) })
    await client.until(isReady)
    const scene = Scene.of(clustered, 'shop-1')
    const [first] = scene.write(1)
    await client.until(has(first))
    cluster.finishPod(scene.pod)
    const events = (frames: ReadonlyArray<NativeFrame>) =>
      frames.filter(({ type }) => type === 'pod').map(({ event, pod, container }) => [event, pod, container])
    await client.until((frames) => events(frames).length === 2)
    expect(events(client.frames)).toEqual([
      ['started', 'shop-1', 'app'],
      ['ended', 'shop-1', 'app'],
    ])
    await client.close()
  })
})

describe('lines that no kubelet has', () => {
  it('come as they are received: of an SDK in the pod, of a cluster that is not followed', async () => {
    clustered = await Clustered.start(10)
    const scene = Scene.of(clustered, 'shop-2')
    const client = await clustered.tail({ query: '{namespace="shop"}', start: ago(900) })
    await client.until(isReady)
    const resource = {
      'k8s.namespace.name': 'shop',
      'k8s.pod.name': scene.pod.name,
      'k8s.pod.uid': scene.pod.uid,
      'k8s.container.name': 'app',
    }
    await sendLines(clustered.gateway.urls.http, { ...resource, 'k8s.cluster.name': CLUSTER }, ['of an SDK'])
    await sendLines(clustered.gateway.urls.http, { ...resource, 'k8s.cluster.name': 'other' }, [
      { body: 'of another cluster', attributes: { 'log.iostream': 'stdout' } },
    ])
    scene.write(1)
    await client.until((frames) => bodies(frames).length >= 3)
    expect((await scene.settle(client)).toSorted()).toEqual(
      [...scene.texts, 'of an SDK', 'of another cluster'].toSorted(),
    )
    await client.close()
  })
})

describe('other ways to watch', () => {
  it("Loki's tail has the same lines", async () => {
    clustered = await Clustered.start(100)
    const scene = Scene.of(clustered, 'shop-3')
    scene.write(60, 1)
    await scene.collect()
    await clustered.stored()
    const loki = await TailClient.open<LokiFrame>(clustered.gateway.urls.api, LOKI_TAIL, scene.query)
    await loki.until((frames) => lokiLines(frames).length >= 60)
    const live = scene.write(2)
    await loki.until((frames) => lokiLines(frames).includes(live[1]!))
    expect(lokiLines(loki.frames)).toEqual(scene.texts)
    const streams = loki.frames.flatMap((frame) => frame.streams.map(({ stream }) => stream))
    expect(
      new Set(streams.map(({ service_name, k8s_pod_name }) => `${service_name} ${k8s_pod_name}`)),
    ).toEqual(new Set(['shop shop-3']))
    await loki.close()
  })

  it('stages run on live lines', async () => {
    clustered = await Clustered.start(2)
    const scene = Scene.of(clustered, 'shop-4')
    const client = await clustered.tail({
      query: '{pod="shop-4"} | json | level="error" | line_format "{{.msg}}!"',
      start: ago(900),
    })
    await client.until(isReady)
    scene.log.append('{"level":"info","msg":"no"}')
    scene.log.append('{"level":"error","msg":"broken"}  ')
    await client.until((frames) => bodies(frames).length > 0)
    expect(nativeLines(client.frames)[0]).toMatchObject({
      body: 'broken!',
      pod: 'shop-4',
      container: 'app',
      parsed: { level: 'error', msg: 'broken' },
      metadata: { detected_level: 'error', k8s_pod_uid: scene.pod.uid },
    })
    await client.close()
  })
})
