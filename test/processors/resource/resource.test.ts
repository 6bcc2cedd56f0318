import { describe, expect, it } from 'vitest'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { materialise, materialisePoints } from '../../otlp/materialise.ts'
import { type KeyValue, type LogsRequest, stringAttributes } from '../../otlp/proto.ts'
import { applied, type PlainAction } from '../attribute-actions/reference.ts'
import { build } from '../filter/build.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scannedMetricsRequest } from '../metrics.ts'
import { scannedAs } from '../ottl/evaluate.ts'
import { pairsOf, readmeOf } from '../readme.ts'

const { processors, rows } = readmeOf('resource')
const README = processors[0]!.resource as { attributes: PlainAction[] }

function logsOf(resources: ReadonlyArray<KeyValue[]>, records = 2): LogsRequest {
  const logRecords = Array.from({ length: records }, () => ({
    attributes: stringAttributes({ 'process.own': 'x' }),
  }))
  return {
    resourceLogs: resources.map((attributes) => ({ resource: { attributes }, scopeLogs: [{ logRecords }] })),
  }
}

describe('what the README says its example does', () => {
  it.each(rows)('%s: %s', (input, output) => {
    const sent = logsOf([stringAttributes(pairsOf(input!))])
    const pipeline = build({ resource: README }, testDeps())
    const batch = scannedAs('logs', sent)
    pipeline.process(batch, 1)
    for (const { resource, record } of materialise(batch)) {
      expect(resource.attributes).toEqual(stringAttributes(pairsOf(output!)))
      expect(record.attributes).toEqual(stringAttributes({ 'process.own': 'x' }))
    }
  })
})

it('does all that the actions do, once for each resource', () => {
  const actions: PlainAction[] = [
    { action: 'hash', key: 'a' },
    { action: 'extract', key: 'b', pattern: '(?P<c>\\d+)' },
    { action: 'convert', key: 'c', converted_type: 'int' },
    { action: 'upsert', key: 'd', value: 1.5 },
  ]
  const resources = [{ a: 'x', b: 'y7' }, { b: 'z' }, {}].map(stringAttributes)
  const pipeline = build({ resource: { attributes: actions } }, testDeps())
  const batch = scannedAs('logs', logsOf(resources))
  pipeline.process(batch, 1)
  pipeline.committed(1)
  expect(materialise(batch).map(({ resource }) => resource.attributes)).toEqual(
    resources.flatMap((own) => [applied(own, actions), applied(own, actions)]),
  )
  expect(
    pipeline
      .rules()
      .get('resource')!
      .map(({ matched, rule }) => [rule, matched]),
  ).toEqual([
    ['attributes[0]', 1],
    ['attributes[1]', 1],
    ['attributes[2]', 1],
    ['attributes[3]', 3],
  ])
})

it('changes series as if their resource had been sent so, and leaves the tenant', () => {
  const request = (attributes: KeyValue[]) => ({
    resourceMetrics: [
      {
        resource: { attributes },
        scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ asInt: 1 }] } }] }],
      },
    ],
  })
  const batch = scannedMetricsRequest(request(stringAttributes({ tenant: 'a' })), 'team-a')
  const sent = scannedMetricsRequest(request(stringAttributes({ tenant: 'b' })), 'team-a')
  build({ resource: { attributes: [{ key: 'tenant', value: 'b', action: 'update' }] } }, testDeps()).process(
    batch,
    1,
  )
  expect(materialisePoints(batch)).toEqual(materialisePoints(sent))
  expect(batch.records.data.slice(13, 15)).toEqual(sent.records.data.slice(13, 15))
  expect(batch.tenantOf(0)).toBe('team-a')
})

it.each<[object, string]>([
  [{}, 'resource.attributes: expected a list of at most 1000 actions'],
  [{ actions: [], attributes: [] }, 'resource.actions: unknown key'],
  [
    { attributes: [{ key: 'a', action: 'insert' }] },
    'resource.attributes.0: insert needs a value or from_attribute',
  ],
  [
    { attributes: [], conditions: ['body == 1'] },
    'resource.conditions.0: line 1, column 1: a resource has no body',
  ],
])('%j is wrong', (config, message) => {
  const parsed = parseProcessors({ resource: config })
  const issues = 'issues' in parsed ? parsed.issues : []
  expect(issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([message])
})

describe('the contract', () => {
  itKeepsTheContract({
    make: (deps) => build({ resource: README }, deps).processors[0]!,
    requests: [
      logsOf(
        rows.map(([input]) => stringAttributes(pairsOf(input!))),
        20,
      ),
    ],
    changes: true,
  })
})
