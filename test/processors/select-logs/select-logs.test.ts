import { describe, expect, it } from 'vitest'
import type { Batch } from '../../../src/otlp/batch.ts'
import { KEPT } from '../../../src/otlp/batch.ts'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { type KeyValue, type LogsRequest, stringAttributes } from '../../otlp/proto.ts'
import { build, reasons } from '../filter/build.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scanned } from '../ottl/evaluate.ts'
import { pairsOf, readmeOf } from '../readme.ts'

function requestOf(resources: ReadonlyArray<KeyValue[]>, records = 2): LogsRequest {
  const logRecords = Array.from({ length: records }, () => ({ body: { stringValue: 'x' } }))
  return {
    resourceLogs: resources.map((attributes) => ({ resource: { attributes }, scopeLogs: [{ logRecords }] })),
  }
}

/** Which rule dropped each resource, '' for none; and what the counts say. */
function selected(config: object, resources: ReadonlyArray<KeyValue[]>) {
  const deps = testDeps()
  const pipeline = build({ select_logs: config }, deps)
  const batches: Batch[] = []
  const rules = resources.map((attributes, i) => {
    const matched = (): number[] =>
      pipeline
        .rules()
        .get('select_logs')!
        .map((rule) => rule.matched)
    const before = matched()
    const batch = scanned(requestOf([attributes]))
    pipeline.process(batch, i)
    pipeline.committed(i)
    batches.push(batch)
    const after = matched()
    const hit = after.findIndex((count, rule) => count > before[rule]!)
    return hit < 0 ? '' : pipeline.rules().get('select_logs')![hit]!.rule
  })
  return { rules, reasons: batches.map((batch) => reasons(batch, deps)) }
}

const { processors, rows } = readmeOf('select-logs')

describe('what the README says its example does', () => {
  it.each(rows)('%s: %s', (input, output) => {
    const { rules, reasons } = selected(processors[0]!.select_logs!, [stringAttributes(pairsOf(input))])
    const dropped = /^dropped: `(.*)`$/.exec(output)?.[1]
    expect(rules).toEqual([dropped ?? ''])
    expect(reasons).toEqual([dropped === undefined ? ['', ''] : ['select_logs', 'select_logs']])
  })

  it('and that a dry run does nothing but count', () => {
    const config = { ...processors[0]!.select_logs, dryRun: true }
    const { rules, reasons } = selected(config, [stringAttributes({ 'k8s.namespace.name': 'kube-system' })])
    expect([rules, reasons]).toEqual([['include'], [['', '']]])
  })
})

describe('a selector', () => {
  const labels = { app: 'shop', tier: 'front', empty: '' }
  it.each<[string, boolean]>([
    ['app=shop', true],
    ['app==shop', true],
    ['app = shop , tier = front', true],
    ['app=shop,tier=back', false],
    ['app!=shop', false],
    ['none!=shop', true],
    ['none=', false],
    ['empty=', true],
    ['empty', true],
    ['app', true],
    ['none', false],
    ['!none', true],
    ['! app', false],
    ['tier in (back, front)', true],
    ['tier in(back)', false],
    ['tier notin (back)', true],
    ['tier notin (back,front)', false],
    ['none notin (back)', true],
    ['in in (in)', false],
  ])('%s', (selector, expected) => {
    for (const prefix of ['k8s.pod.label.', 'k8s.pod.labels.']) {
      const attributes = Object.fromEntries(
        Object.entries(labels).map(([key, value]) => [prefix + key, value]),
      )
      const { rules } = selected({ include: [{ podLabels: selector }] }, [stringAttributes(attributes)])
      expect(rules).toEqual([expected ? '' : 'include'])
    }
  })

  it('sees values of other kinds as their text', () => {
    const attributes: KeyValue[] = [
      { key: 'replicas', value: { intValue: 3 } },
      { key: 'canary', value: { boolValue: true } },
    ]
    const config = { include: [{ attributes: 'replicas in (3),canary=true' }] }
    expect(selected(config, [attributes]).rules).toEqual([''])
  })
})

it('opting in alone', () => {
  const config = { optIn: true }
  const saying = (value: string) => stringAttributes({ 'k8s.namespace.annotations.weir.dev/logs': value })
  expect(selected(config, [saying('true'), saying('yes'), [], saying('false')]).rules).toEqual([
    '',
    'include',
    'include',
    'annotation',
  ])
})

it('the pod goes before its namespace, and the annotation can be another or none', () => {
  const both = stringAttributes({
    'k8s.pod.annotation.example.com/keep': 'true',
    'k8s.namespace.annotation.example.com/keep': 'false',
  })
  expect(selected({ annotation: 'example.com/keep', exclude: [] }, [both]).rules).toEqual([''])
  const no = stringAttributes({ 'k8s.pod.annotation.weir.dev/logs': 'false' })
  expect(selected({ annotation: 'off', include: [{ attributes: 'x' }] }, [no]).rules).toEqual(['include'])
})

describe('what is wrong is said with its place', () => {
  it.each<[unknown, string]>([
    [7, 'select_logs: expected a map'],
    [{ includes: [] }, 'select_logs.includes: unknown key (did you mean include?)'],
    [
      { include: [{}] },
      'select_logs.include.0: is empty: write namespaces, workloads, podLabels, namespaceLabels, attributes',
    ],
    [
      { include: [{ namespace: 'a' }] },
      'select_logs.include.0.namespace: unknown key (did you mean namespaces?)',
    ],
    [
      { include: [{ namespaces: 'a' }] },
      'select_logs.include.0.namespaces: expected a list of at most 1000 namespaces',
    ],
    [
      { exclude: [{ workloads: ['checkout'] }] },
      'select_logs.exclude.0.workloads.0: expected kind/name, such as deployment/checkout or */worker-*',
    ],
    [
      { exclude: [{ workloads: ['service/x'] }] },
      'select_logs.exclude.0.workloads.0: unknown kind of workload; known: *, deployment, statefulset, daemonset, cronjob, job, replicaset, replicationcontroller, pod',
    ],
    [{ include: [{ podLabels: 'a in b' }] }, 'select_logs.include.0.podLabels: column 6: expected ('],
    [{ include: [{ podLabels: 'a,' }] }, 'select_logs.include.0.podLabels: column 3: expected a label'],
    [
      { include: [{ podLabels: 'a is b' }] },
      'select_logs.include.0.podLabels: column 3: expected =, ==, !=, in or notin',
    ],
    [
      { include: [{ podLabels: 'a=b c' }] },
      'select_logs.include.0.podLabels: column 5: expected a comma or the end',
    ],
    [
      { optIn: true, annotation: 'off' },
      'select_logs.optIn: needs an annotation to opt in with: annotation is off',
    ],
    [{ dryRun: 'yes' }, 'select_logs.dryRun: expected true or false'],
  ])('%j', (config, message) => {
    const parsed = parseProcessors({ select_logs: config })
    const issues = 'issues' in parsed ? parsed.issues : []
    expect(issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([message])
  })

  it('warns of what selects nothing', () => {
    expect(parseProcessors({ select_logs: { annotation: 'off' } })).toMatchObject({
      plan: { warnings: [{ message: 'selects nothing: it keeps all logs' }] },
    })
  })

  it.each([
    [[{ namespaces: ['*'] }], true],
    [[{ namespaces: ['shop'] }, { namespaces: ['a*', '**'] }], true],
    [[{ workloads: ['*/*'] }], true],
    [[{ namespaces: ['*'], workloads: ['deployment/x', 'pod/*'] }], true],
    [[{ namespaces: ['*'], workloads: ['deployment/*'] }], false],
    [[{ namespaces: ['*'], podLabels: 'a' }], false],
    [[{ namespaces: ['?'] }], false],
  ])('warns of an exclude that no pod gets past: %j', (exclude, isWarned) => {
    const config = { include: [{ namespaces: ['*'] }], exclude }
    const parsed = parseProcessors({ select_logs: config })
    const warnings = 'plan' in parsed ? parsed.plan.warnings : []
    expect(warnings.map(({ message }) => message)).toEqual(
      isWarned ? ['drops all logs of Kubernetes: it matches every pod'] : [],
    )
    const resources = ['shop', 'x', 'kube-system'].map((namespace) =>
      stringAttributes({ 'k8s.namespace.name': namespace, 'k8s.pod.name': `${namespace}-0` }),
    )
    const batch = scanned(requestOf(resources, 1))
    batch.tenants.push('default')
    build({ select_logs: config }, testDeps()).process(batch, 0)
    expect([0, 1, 2].every((record) => batch.verdicts[record] !== KEPT)).toBe(isWarned)
  })

  it.each<[object, string[]]>([
    [
      { include: [{ podLabels: 'a=b,!a' }] },
      ['include.0: includes nothing: no resource can have what it asks of a'],
    ],
    [
      { include: [{ attributes: 'a in (x, y),a notin (y, x)' }], annotation: 'off' },
      [
        'include.0: includes nothing: no resource can have what it asks of a',
        ': drops all logs: nothing is included',
      ],
    ],
    [
      { include: [{ namespaces: ['shop'] }], exclude: [{ namespaces: ['shop'] }], annotation: 'off' },
      [
        'include.0: includes nothing: exclude[0] says the same, and goes before it',
        ': drops all logs: nothing is included',
      ],
    ],
    [
      { include: [{ namespaces: ['shop'] }], exclude: [{ namespaces: ['shop', 'pay'] }], annotation: 'off' },
      [],
    ],
    [{ include: [{ podLabels: 'a in (x, y),a!=x,a' }], annotation: 'off' }, []],
    [
      { include: [{ podLabels: 'a=b,!a' }, { podLabels: 'a=b' }], annotation: 'off' },
      ['include.0: includes nothing: no resource can have what it asks of a'],
    ],
    [{ optIn: true }, []],
  ])('what includes nothing: %j', (config, expected) => {
    const parsed = parseProcessors({ select_logs: config })
    const warnings = 'plan' in parsed ? parsed.plan.warnings : []
    expect(warnings.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`)).toEqual(expected)
    if (!expected.some((text) => text.includes('drops all'))) return
    const verdicts = [[], [['a', 'x']], [['a', 'y']], [['k8s.namespace.name', 'shop']]].map((pairs) => {
      const deps = testDeps()
      const batch = scanned(requestOf([stringAttributes(Object.fromEntries(pairs))], 1))
      batch.tenants.push('default')
      build({ select_logs: config }, deps).process(batch, 0)
      return batch.verdicts[0]
    })
    expect(verdicts).not.toContain(KEPT)
  })
})

describe('the contract', () => {
  const config = processors[0]!.select_logs!
  itKeepsTheContract({
    make: (deps) => build({ select_logs: config }, deps).processors[0]!,
    requests: rows.map(([input]) => requestOf([stringAttributes(pairsOf(input!))], 50)),
  })
})
