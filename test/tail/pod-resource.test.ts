import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import { LabelMapping } from '../../src/query/loki/execute/labels.ts'
import { LABEL_ATTRIBUTES, podResource } from '../../src/tail/kubernetes/pod-resource.ts'
import { podOf } from '../../src/tail/kubernetes/pods/pod.ts'

/**
 * Scenario: pods of every kind of owner. Guarantees: their lines have the resource that the collector v0.161 sends (file_log, and
 * k8s_attributes with the metadata of the Helm chart's preset); the expected values are written by hand from its rules.
 */

const CREATED = '2026-03-01T10:00:00Z'
/** Minutes since 1970 of that time, as a cron job names its jobs. */
const MINUTES = 29_539_320

type Owner = { readonly kind: string; readonly name: string; readonly controller?: boolean }
function pod(owners: ReadonlyArray<Owner>, labels: Readonly<Record<string, string>> = {}, node = 'node-1') {
  return podOf('test', {
    metadata: {
      name: 'web-x7k2p',
      namespace: 'ws-7',
      uid: 'a1b2',
      creationTimestamp: CREATED,
      labels: { ...labels },
      ownerReferences: owners.map(({ controller = true, ...owner }) => ({ ...owner, controller })),
    },
    spec: { nodeName: node, containers: [{ name: 'app' }] },
  })
}

const COMMON = {
  'k8s.cluster.name': 'prod-eu',
  'k8s.namespace.name': 'ws-7',
  'k8s.pod.name': 'web-x7k2p',
  'k8s.pod.uid': 'a1b2',
  'k8s.pod.start_time': CREATED,
  'k8s.node.name': 'node-1',
  'k8s.container.name': 'app',
}
const HASH = { 'pod-template-hash': '6f9c8d7b5' }

describe('the resource of a pod', () => {
  it.each<[what: string, owners: Owner[], labels: Record<string, string>, more: Record<string, string>]>([
    ['alone', [], {}, {}],
    [
      'of a deployment',
      [{ kind: 'ReplicaSet', name: 'web-6f9c8d7b5' }],
      HASH,
      { 'k8s.deployment.name': 'web' },
    ],
    [
      'of a deployment with a dash',
      [{ kind: 'ReplicaSet', name: 'a-b-6f9c8d7b5' }],
      HASH,
      { 'k8s.deployment.name': 'a-b' },
    ],
    ['of a replica set without deployment', [{ kind: 'ReplicaSet', name: 'web-6f9c8d7b5' }], {}, {}],
    ['of a replica set with another hash', [{ kind: 'ReplicaSet', name: 'web-1' }], HASH, {}],
    ['of a stateful set', [{ kind: 'StatefulSet', name: 'db' }], {}, { 'k8s.statefulset.name': 'db' }],
    ['of a daemon set', [{ kind: 'DaemonSet', name: 'agent' }], {}, { 'k8s.daemonset.name': 'agent' }],
    ['of a job', [{ kind: 'Job', name: 'import' }], {}, { 'k8s.job.name': 'import' }],
    [
      'of a cron job',
      [{ kind: 'Job', name: `night-${MINUTES - 5}` }],
      {},
      { 'k8s.job.name': `night-${MINUTES - 5}`, 'k8s.cronjob.name': 'night' },
    ],
    [
      'of a job named by date',
      [{ kind: 'Job', name: 'import-20260301' }],
      {},
      { 'k8s.job.name': 'import-20260301' },
    ],
    [
      'of a cron job that ran a day ago',
      [{ kind: 'Job', name: `night-${MINUTES - 1440}` }],
      {},
      { 'k8s.job.name': `night-${MINUTES - 1440}`, 'k8s.cronjob.name': 'night' },
    ],
    [
      'of a job of two days ago',
      [{ kind: 'Job', name: `night-${MINUTES - 1441}` }],
      {},
      { 'k8s.job.name': `night-${MINUTES - 1441}` },
    ],
    ['of something else', [{ kind: 'Rollout', name: 'web' }], {}, {}],
    ['owned, but not controlled', [{ kind: 'StatefulSet', name: 'db', controller: false }], {}, {}],
    [
      'of Loco',
      [],
      {
        'loco.io/workspace-id': '7',
        'loco.io/environment-id': 'e',
        'loco.io/resource-id': 'r',
        app: 'resource-r',
      },
      { 'loco.workspace.id': '7', 'loco.environment.id': 'e', 'loco.resource.id': 'r' },
    ],
    ['with an empty label', [], { 'loco.io/workspace-id': '' }, {}],
  ])('%s', (_, owners, labels, more) => {
    expect(podResource(pod(owners, labels), { name: 'app' }, 'prod-eu')).toEqual({ ...COMMON, ...more })
  })

  it('has the restart of the instance, and only what is known', () => {
    const resource = podResource(pod([], {}, ''), { name: 'app', restartCount: 0 }, '')
    const { 'k8s.cluster.name': _, 'k8s.node.name': __, ...rest } = COMMON
    expect(resource).toEqual({ ...rest, 'k8s.container.restart_count': '0' })
  })

  it('takes the labels that it is told to, and none that objects inherit', () => {
    const resource = podResource(pod([], { team: 'x' }), { name: 'app' }, '', {
      team: 'team.name',
      constructor: 'c',
    })
    expect(resource).toMatchObject({ 'team.name': 'x' })
    expect(resource).not.toHaveProperty('c')
  })

  it('makes the stream labels that people select by', () => {
    const of = podResource(
      pod([{ kind: 'ReplicaSet', name: 'web-6f9c8d7b5' }], HASH),
      { name: 'app' },
      'prod-eu',
    )
    const facts = { appId: 'web', keys: Object.keys(of), values: Object.values(of), dropped: 0 }
    const { stream, aliases } = new LabelMapping(defaultConfig().query).ofResource(facts, undefined)
    expect(Object.fromEntries(stream)).toEqual({
      k8s_cluster_name: 'prod-eu',
      k8s_namespace_name: 'ws-7',
      k8s_pod_name: 'web-x7k2p',
      k8s_container_name: 'app',
      k8s_deployment_name: 'web',
      service_name: 'app',
    })
    expect(Object.fromEntries(aliases)).toEqual({
      app: 'web',
      namespace: 'ws-7',
      pod: 'web-x7k2p',
      container: 'app',
      node: 'node-1',
      cluster: 'prod-eu',
    })
  })

  it('is documented, attribute by attribute', () => {
    const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    const all = [
      ...Object.keys(COMMON),
      'k8s.container.restart_count',
      'k8s.deployment.name',
      'k8s.statefulset.name',
      'k8s.daemonset.name',
      'k8s.job.name',
      'k8s.cronjob.name',
      ...Object.values(LABEL_ATTRIBUTES),
    ]
    for (const attribute of all) expect(page).toContain(`| \`${attribute}\` |`)
  })
})
