import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { runWeir, WeirProcess } from '../e2e/support/weir-process.ts'
import { startTestEngine } from '../support/engine.ts'
import { collectorBinary } from './binary.ts'
import { CollectorProcess } from './collector-process.ts'
import { type KubernetesObject, startKubernetesStub } from './kubernetes-stub.ts'

/**
 * Scenario: pods of a node have written their logs where the kubelet keeps them; a real OpenTelemetry Collector with the
 * configuration of `weir rules export --collector` reads them and sends them to a gateway that drops nothing.
 * Guarantees: what is stored are the lines of the pods that `select_logs` keeps, each once, their SourceTime the stamp of
 * the container runtime to the nanosecond. Which pods those are is written down here, by hand.
 */

beforeAll(() => collectorBinary())

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const SELECT_LOGS = {
  include: [
    { namespaces: ['shop', 'team-*'] },
    { podLabels: 'app.kubernetes.io/part-of in (billing, $HOME), !debug' },
    { namespaceLabels: 'logs=all', workloads: ['deployment/api-*', 'statefulset/db'] },
    { attributes: 'k8s.node.name=node-2' },
  ],
  exclude: [
    { namespaces: ['kube-*'] },
    { namespaces: ['*'], workloads: ['*/load-test-*'] },
    { podLabels: 'secret' },
  ],
}

type Pod = {
  readonly kept: boolean
  readonly namespace: string
  readonly name: string
  readonly owner?: readonly [kind: string, name: string]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly node?: string
}

const NAMESPACES = [
  { name: 'shop' },
  { name: 'team-a' },
  { name: 'kube-system', annotations: { 'weir.dev/logs': 'true' } },
  { name: 'tools', labels: { logs: 'all' } },
  { name: 'quiet', annotations: { 'weir.dev/logs': 'false' } },
  { name: 'other', labels: { logs: 'some' } },
]
const replicaSet = (name: string) => ['ReplicaSet', `${name}-7d9f8c6b5f`] as const
const OPT_IN = { 'weir.dev/logs': 'true' }
const OPT_OUT = { 'weir.dev/logs': 'false' }
const PODS: ReadonlyArray<Pod> = [
  { kept: true, namespace: 'shop', name: 'web-7d9f8c6b5f-aaaaa', owner: replicaSet('web') },
  { kept: false, namespace: 'shop', name: 'web-7d9f8c6b5f-bbbbb', annotations: OPT_OUT },
  {
    kept: false,
    namespace: 'shop',
    name: 'web-7d9f8c6b5f-ccccc',
    labels: { secret: 'x' },
    annotations: OPT_IN,
  },
  { kept: false, namespace: 'shop', name: 'load-test-1-7d9f8c6b5f-ddddd', owner: replicaSet('load-test-1') },
  { kept: true, namespace: 'team-a', name: 'db-0', owner: ['StatefulSet', 'db'] },
  { kept: false, namespace: 'kube-system', name: 'proxy-x', annotations: OPT_IN },
  { kept: true, namespace: 'tools', name: 'api-x-7d9f8c6b5f-eeeee', owner: replicaSet('api-x') },
  { kept: true, namespace: 'tools', name: 'db-0', owner: ['StatefulSet', 'db'] },
  { kept: false, namespace: 'tools', name: 'api-0', owner: ['StatefulSet', 'api'] },
  { kept: false, namespace: 'quiet', name: 'a', labels: { 'app.kubernetes.io/part-of': 'billing' } },
  { kept: true, namespace: 'quiet', name: 'b', annotations: OPT_IN },
  { kept: true, namespace: 'other', name: 'c', labels: { 'app.kubernetes.io/part-of': 'billing' } },
  { kept: true, namespace: 'other', name: 'd', labels: { 'app.kubernetes.io/part-of': '$HOME' } },
  {
    kept: false,
    namespace: 'other',
    name: 'e',
    labels: { 'app.kubernetes.io/part-of': 'billing', debug: '' },
  },
  { kept: false, namespace: 'other', name: 'api-y-7d9f8c6b5f-fffff', owner: replicaSet('api-y') },
  { kept: true, namespace: 'other', name: 'f', node: 'node-2' },
  { kept: true, namespace: 'other', name: 'g', annotations: OPT_IN },
  { kept: false, namespace: 'other', name: 'h' },
]

const uidOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`

function podObject(
  { namespace, name, owner, labels, annotations, node = 'node-1' }: Pod,
  index: number,
): KubernetesObject {
  const ownerReferences =
    owner === undefined
      ? []
      : [
          {
            apiVersion: 'apps/v1',
            kind: owner[0],
            name: owner[1],
            uid: `${uidOf(index)}-o`,
            controller: true,
          },
        ]
  const hash = owner?.[0] === 'ReplicaSet' ? { 'pod-template-hash': '7d9f8c6b5f' } : {}
  return {
    metadata: {
      ...{
        namespace,
        name,
        uid: uidOf(index),
        resourceVersion: '1',
        creationTimestamp: '2026-01-31T12:00:00Z',
      },
      ...{ labels: { ...labels, ...hash }, annotations: annotations ?? {}, ownerReferences },
    },
    ...{ spec: { nodeName: node, containers: [{ name: 'main' }] }, status: { podIP: `10.0.0.${index + 1}` } },
  }
}

type Line = {
  readonly body: string
  readonly sourceTime: string
  readonly pod: string
  readonly stream: string
}

/** Of each pod a container's log as containerd writes it, one in ten lines in two parts; and what its lines are. */
async function writeLogs(folder: string, startMs: number): Promise<Line[]> {
  const lines: Line[] = []
  for (const [index, { namespace, name, kept }] of PODS.entries()) {
    let text = ''
    for (let i = 0; i < 50; i++) {
      const seconds = new Date(startMs + 1000 * i).toISOString().slice(0, 19)
      const nanos = String((i * 123_456_789 + index) % 1_000_000_000).padStart(9, '0')
      const stamp = `${seconds}.${nanos}Z`
      const stream = i % 7 === 0 ? 'stderr' : 'stdout'
      const body = `line ${i} of ${namespace}/${name}`
      if (i % 10 === 3)
        text += `${stamp} ${stream} P ${body.slice(0, 5)}\n${stamp} ${stream} F ${body.slice(5)}\n`
      else text += `${stamp} ${stream} F ${body}\n`
      const sourceTime = `${BigInt(Date.parse(`${seconds}Z`)) / 1000n}${nanos}`
      if (kept) lines.push({ body, sourceTime, pod: `${namespace}/${name}`, stream })
    }
    const file = join(folder, `${namespace}_${name}_${uidOf(index)}`, 'main', '0.log')
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  return lines
}

async function startGateway(folder: string): Promise<WeirProcess> {
  const yaml = stringify({
    listen: { grpc: '127.0.0.1:0', http: '127.0.0.1:0', api: '127.0.0.1:0' },
    inserter: { groupAgeMs: 100, thinGroupAgeMs: 100 },
  })
  const gateway = await WeirProcess.spawn(folder, yaml)
  cleanups.push(async () => {
    gateway.kill('SIGKILL')
    await gateway.exited
  })
  return gateway
}

/** The configuration, as an operator gets it. */
async function exported(folder: string, pods: string, grpc: string): Promise<string> {
  const file = join(folder, 'rules.yaml')
  await writeFile(file, stringify({ processors: { select_logs: SELECT_LOGS } }))
  const { code, out, err } = await runWeir([
    ...['rules', 'export', '--collector', '--config', file, '--endpoint', `http://${grpc}`],
    ...['--logs-folder', pods, '--state-folder', join(folder, 'state')],
  ])
  expect([code, err]).toEqual([0, ''])
  return out
}

test('of all pods on a node the lines of those that select_logs keeps are stored, at their stamps', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-pod-logs-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const pods = join(folder, 'pods')
  const expected = await writeLogs(pods, Date.now() - 600_000)
  const kubernetes = await startKubernetesStub(
    PODS.map(podObject),
    NAMESPACES.map((metadata, i) => ({ metadata: { uid: `n${i}`, resourceVersion: '1', ...metadata } })),
  )
  cleanups.push(() => kubernetes.stop())
  const kubeconfig = join(folder, 'kubeconfig')
  await kubernetes.writeKubeconfig(kubeconfig)
  const site = join(folder, 'gateway')
  await mkdir(site)
  const gateway = await startGateway(site)
  const { grpc, api } = await gateway.ready

  // Outside of a cluster, and all pods are on this node: nothing else is changed.
  const outside = stringify({
    processors: { k8s_attributes: { auth_type: 'kubeConfig', filter: { node_from_env_var: '' } } },
  })
  const collector = await CollectorProcess.startWith([await exported(folder, pods, grpc), outside], {
    KUBECONFIG: kubeconfig,
  })
  cleanups.push(() => collector.remove())
  const count = async (): Promise<number> => {
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const response = await fetch(`${api}/api/v1/logs?limit=10000&start=${from}`)
    return ((await response.json()) as { records: unknown[] }).records.length
  }
  await expect.poll(count, { timeout: 60_000, interval: 200 }).toBeGreaterThanOrEqual(expected.length)
  expect(await collector.drain(), collector.lastLines()).toBe(0)
  expect(collector.lastLines()).not.toContain('kube-system_')
  gateway.kill('SIGTERM')
  expect(await gateway.exited, gateway.lastLines()).toBe(0)

  const { engine, stop } = await startTestEngine({ directory: join(site, 'clickhouse') })
  cleanups.push(stop)
  const rows = await engine.writer.rows<Line>(
    `SELECT Body AS body, toString(toUnixTimestamp64Nano(SourceTime)) AS sourceTime,
       concat(Namespace, '/', Pod) AS pod, LogAttributes['log.iostream'] AS stream FROM logs
     WHERE LogAttributes['weir.source_time'] = sourceTime`,
  )
  const byLine = (lines: ReadonlyArray<Line>): string[] =>
    lines.map((line) => JSON.stringify(Object.entries(line).toSorted())).toSorted()
  expect(byLine(rows)).toEqual(byLine(expected))
})
