import { matchesGlob } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  activeSelections,
  type CollectorOptions,
  collectorConfig,
  collectorYaml,
} from '../../../src/processors/select-logs/collector/collector-config.ts'
import { dropConditions } from '../../../src/processors/select-logs/collector/conditions.ts'
import { logPaths } from '../../../src/processors/select-logs/collector/log-paths.ts'
import { type KeyValue, stringAttributes } from '../../otlp/proto.ts'
import { build, reasons } from '../filter/build.ts'
import { testDeps } from '../kit.ts'
import { scanned } from '../ottl/evaluate.ts'

/**
 * Guarantees: the conditions that a collector gets drop exactly what `select_logs` drops, and the files it opens are those of
 * all pods that may be kept. What the real collector makes of it: test/collector.
 */

const OPTIONS: CollectorOptions = {
  endpoint: 'http://weir:4317',
  logsFolder: '/var/log/pods',
  stateFolder: '/var/lib/otelcol',
  sourceTimeAttribute: 'weir.source_time',
}

function isDropped(processors: object, attributes: KeyValue[]): boolean {
  const deps = testDeps()
  const batch = scanned({
    resourceLogs: [
      { resource: { attributes }, scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' } }] }] },
    ],
  })
  build({ ...processors }, deps).process(batch, 1)
  return reasons(batch, deps)[0] !== ''
}

const name = fc.constantFrom('shop', 'shop-1', 'team-a', 'a', 'kube.system', 'x[y]', 'a$b')
/** Longer than what is left of them in the names of pods. */
const LONG = ['shop-'.repeat(12), `team-${'a'.repeat(55)}`]
const pattern = fc.constantFrom(
  ...['shop', 'shop*', 'team-?', '*', '*-*', 'kube.system', 'x[y]', '?', 'a$b', '{a,b}', ...LONG],
)
const key = fc.constantFrom('app', 'tier', 'weir.dev/x')
const value = fc.constantFrom('front', 'back', 'a"b\\', '$HOME')
const requirement = fc.oneof(
  key,
  key.map((one) => `!${one}`),
  fc.tuple(key, fc.constantFrom('=', '!='), value).map((parts) => parts.join('')),
  fc
    .tuple(key, fc.constantFrom('in', 'notin'), fc.array(value, { minLength: 1, maxLength: 3 }))
    .map(([one, operator, values]) => `${one} ${operator} (${values.join(', ')})`),
)
const selector = fc.array(requirement, { minLength: 1, maxLength: 2 }).map((all) => all.join(','))
const workload = fc
  .tuple(fc.constantFrom('*', 'deployment', 'statefulset', 'pod', 'cronjob'), pattern)
  .map((parts) => parts.join('/'))
const entry = fc
  .record(
    {
      namespaces: fc.array(pattern, { maxLength: 2 }),
      workloads: fc.array(workload, { maxLength: 2 }),
      podLabels: selector,
      namespaceLabels: selector,
      attributes: fc.constantFrom('k8s.node.name=a', 'k8s.node.name', '!k8s.node.name', 'k8s.pod.name!=shop'),
    },
    { requiredKeys: [] },
  )
  .filter((one) => Object.keys(one).length > 0)
const selectLogs = fc
  .record({
    include: fc.array(entry, { maxLength: 3 }),
    exclude: fc.array(entry, { maxLength: 2 }),
    annotation: fc.constantFrom('weir.dev/logs', 'off'),
    optIn: fc.boolean(),
  })
  .map((config) => ({ ...config, optIn: config.optIn && config.annotation !== 'off' }))

const maybe = (keys: ReadonlyArray<string>, values: fc.Arbitrary<string>) =>
  fc.dictionary(fc.constantFrom(...keys), values, { noNullPrototype: true })
const labels = ['app', 'tier', 'weir.dev/x']
const resource = fc
  .tuple(
    maybe(
      ['k8s.namespace.name', 'k8s.pod.name', 'k8s.deployment.name', 'k8s.cronjob.name', 'k8s.node.name'],
      name,
    ),
    maybe(
      [...labels.map((one) => `k8s.pod.label.${one}`), ...labels.map((one) => `k8s.namespace.label.${one}`)],
      value,
    ),
    maybe(
      ['k8s.pod.annotation.weir.dev/logs', 'k8s.namespace.annotation.weir.dev/logs'],
      fc.constantFrom('true', 'false', 'perhaps', ''),
    ),
  )
  .map(([place, own, said]) => ({ ...place, ...own, ...said }))

const activeOf = (config: object) => activeSelections({ 'select_logs/one': config })

describe('conditions', () => {
  it('drop what select_logs drops', () => {
    fc.assert(
      fc.property(selectLogs, fc.array(resource, { minLength: 1, maxLength: 8 }), (config, resources) => {
        const conditions = activeOf(config).flatMap(dropConditions)
        for (const attributes of resources.map(stringAttributes))
          expect(isDropped({ filter: { log_conditions: conditions } }, attributes)).toBe(
            isDropped({ select_logs: config }, attributes),
          )
      }),
      { numRuns: 80 },
    )
  })

  it('are none where nothing is dropped', () => {
    expect(activeSelections({ select_logs: { include: [{ namespaces: ['a'] }], dryRun: true } })).toEqual([])
    expect(activeSelections({ select_logs_not: {}, filter: {} })).toEqual([])
    expect(activeOf({ annotation: 'off' }).flatMap(dropConditions)).toEqual([])
  })
})

/** A pod as a controller makes it: what it makes names from is cut at 58 characters. */
function podOf(kind: string, workloadName: string): string {
  const generated = (base: string, suffix: string): string => base.slice(0, 58) + suffix
  if (kind === 'deployment') return generated(`${workloadName}-7d9f8c6b5f-`, 'x2k9z')
  return kind === 'pod' ? workloadName : generated(`${workloadName}-`, '0')
}

describe('log paths', () => {
  it('are those of every pod that is kept', () => {
    const pod = fc.record({
      namespace: name,
      kind: fc.constantFrom('deployment', 'statefulset', 'pod'),
      workload: fc.oneof(name, fc.constantFrom(...LONG)),
      labels: maybe(
        labels.map((one) => `k8s.pod.label.${one}`),
        value,
      ),
    })
    fc.assert(
      fc.property(selectLogs, pod, (config, { namespace, kind, workload: owner, labels: own }) => {
        const podName = podOf(kind, owner)
        const attributes = stringAttributes({
          'k8s.namespace.name': namespace,
          'k8s.pod.name': podName,
          [`k8s.${kind}.name`]: owner,
          ...own,
        })
        const path = `/var/log/pods/${namespace}_${podName}_0a1b-2c/main/0.log`
        const { include, exclude } = logPaths(activeOf(config), '/var/log/pods')
        const matches = (globs: ReadonlyArray<string>): boolean =>
          globs.some((glob) => matchesGlob(path, glob))
        const opened = matches(include) && !matches(exclude)
        if (!isDropped({ select_logs: config }, attributes)) expect(opened, path).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  it.each(LONG)('are those of pods whose name holds only a part of %s', (owner) => {
    const config = { annotation: 'off', include: [{ workloads: [`deployment/${owner}`] }] }
    const { include } = logPaths(activeOf(config), '/logs')
    const path = `/logs/a_${podOf('deployment', owner)}_0a1b-2c/main/0.log`
    expect(include.some((glob) => matchesGlob(path, glob))).toBe(true)
  })

  it.each<[string, object, ReadonlyArray<string>, ReadonlyArray<string>]>([
    ['nothing is narrowed', {}, ['*_*_*'], []],
    ['anybody may opt in', { include: [{ namespaces: ['shop'] }] }, ['*_*_*'], []],
    [
      'nobody may',
      {
        annotation: 'off',
        include: [{ namespaces: ['shop', 'team-*'] }, { workloads: ['deployment/web', 'pod/db-0'] }],
      },
      ['shop_*_*', 'team-*_*_*', '*_web*_*', '*_db-0_*'],
      [],
    ],
    ['by label', { annotation: 'off', include: [{ namespaces: ['a'] }, { podLabels: 'x' }] }, ['*_*_*'], []],
    [
      'taken out',
      {
        exclude: [
          { namespaces: ['kube-*'] },
          { namespaces: ['a'], workloads: ['*/load-*', 'job/x'] },
          { namespaces: ['b'], podLabels: 'x' },
          { workloads: ['deployment/x'] },
        ],
      },
      ['*_*_*'],
      ['kube-*_*_*', 'a_load-*_*'],
    ],
  ])('%s', (_, config, include, exclude) => {
    const files = (folders: ReadonlyArray<string>) => folders.map((folder) => `/logs/${folder}/*/*.log`)
    expect(logPaths(activeOf(config), '/logs')).toEqual({ include: files(include), exclude: files(exclude) })
  })
})

describe('the configuration', () => {
  it('asks for the labels that its conditions read, and no others', () => {
    const config = {
      include: [{ podLabels: 'app=a,!tier', namespaceLabels: 'team' }],
      annotation: 'ex.com/logs',
    }
    const { processors } = parse(collectorYaml(activeOf(config), OPTIONS))
    expect(processors.k8s_attributes.extract.labels).toEqual([
      { tag_name: 'k8s.pod.label.app', key: 'app', from: 'pod' },
      { tag_name: 'k8s.pod.label.tier', key: 'tier', from: 'pod' },
      { tag_name: 'k8s.namespace.label.team', key: 'team', from: 'namespace' },
    ])
    expect(processors.k8s_attributes.extract.annotations).toEqual([
      { tag_name: 'k8s.pod.annotation.ex.com/logs', key: 'ex.com/logs', from: 'pod' },
      { tag_name: 'k8s.namespace.annotation.ex.com/logs', key: 'ex.com/logs', from: 'namespace' },
    ])
  })

  it('doubles dollars, which begin variables there, but not those of its own', () => {
    const config = collectorConfig(activeOf({ annotation: 'off', include: [{ podLabels: 'a=$HOME' }] }), {
      ...OPTIONS,
      tokenVariable: 'WEIR_TOKEN',
    })
    expect(JSON.stringify(config.processors)).toContain('== \\"$$HOME\\"')
    expect(JSON.stringify(config.exporters)).toMatch(/"Bearer \$\{env:WEIR_TOKEN\}"/)
  })

  it.each([
    ['http://weir:4317', 'weir:4317', true],
    ['https://weir.example:443', 'weir.example:443', false],
  ])('%s is %s, insecure: %s', (endpoint, host, insecure) => {
    const { exporters } = parse(collectorYaml([], { ...OPTIONS, endpoint }))
    expect(exporters.otlp_grpc).toMatchObject({ endpoint: host, tls: { insecure } })
  })

  it('has no filter where nothing is dropped', () => {
    const { service, processors } = parse(collectorYaml([], OPTIONS))
    expect(service.pipelines.logs.processors).toEqual(['memory_limiter', 'k8s_attributes'])
    expect(processors.filter).toBeUndefined()
  })

  it('says what it can not know', () => {
    const text = collectorYaml(activeOf({ include: [{ attributes: 'team=a,k8s.container.name' }] }), OPTIONS)
    expect(text).toContain('# team is set on nothing by this collector')
    expect(text).not.toContain('k8s.container.name is set')
    expect(text).toContain('annotation: off')
  })
})
