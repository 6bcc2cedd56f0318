import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newBatch, scanRequest } from '../../../src/otlp/scan/index.ts'
import { RESOURCE } from '../../../src/otlp/slots.ts'
import { ResourceResolver, type RetentionFacts } from '../../../src/store/rows/resources.ts'
import type { ResolvedResource } from '../../../src/store/tables/rows.ts'
import { type AnyValue, encodeLogsRequest, type KeyValue } from '../../otlp/proto.ts'
import { oneOutcome } from '../../otlp/scan-outcomes.ts'
import { LIMITS } from '../support/store-harness.ts'

type Sent = { tenant: string; schemaUrl: string; dropped: number; attributes: KeyValue[] }

const OPTIONS = {
  appIdAttributes: ['app.first', 'app.second'],
  retentionDaysOf: ({ tenantId, namespace, serviceName }: RetentionFacts) =>
    tenantId === 'rich' ? 365 : namespace === 'short' || serviceName === 'short' ? 3 : 30,
}

const batch = newBatch('logs')

/** Scans a request with these resources, and names their tenants. */
function scan(resources: ReadonlyArray<Sent>): void {
  const resourceLogs = resources.map(({ schemaUrl, dropped, attributes }) => ({
    resource: { attributes, droppedAttributesCount: dropped },
    schemaUrl,
    scopeLogs: [{ logRecords: [{}] }],
  }))
  const outcomes = oneOutcome(1)
  scanRequest(batch, encodeLogsRequest({ resourceLogs }), LIMITS, outcomes)
  resources.forEach(({ tenant }, i) => {
    batch.tenants.push(tenant)
    batch.resources.data[i * RESOURCE.stride + RESOURCE.tenant] = i
  })
}

const resolve = (resolver: ResourceResolver, sent: ReadonlyArray<Sent>): ResolvedResource[] => {
  scan(sent)
  return sent.map((_, i) => resolver.resolve(batch, i))
}

const resolveOne = (attributes: KeyValue[], tenant = 'default'): ResolvedResource =>
  resolve(new ResourceResolver(OPTIONS), [{ tenant, schemaUrl: '', dropped: 0, attributes }])[0]!

const text = (key: string, stringValue: string): KeyValue => ({ key, value: { stringValue } })

function storedAs(value: AnyValue = {}): readonly [letter: string, text: string] {
  if (value.stringValue !== undefined) return ['s', value.stringValue]
  if (value.boolValue !== undefined) return ['b', String(value.boolValue)]
  if (value.intValue !== undefined) return ['i', String(value.intValue)]
  if (value.bytesValue !== undefined) return ['B', Buffer.from(value.bytesValue).toString('base64')]
  return ['-', '']
}

describe('a resource as its rows carry it', () => {
  // From pools so small that resources differ in one place only, or are the same again.
  const value: fc.Arbitrary<AnyValue> = fc.constantFrom<AnyValue>(
    {},
    { stringValue: '' },
    { stringValue: '1' },
    { stringValue: 'true' },
    { boolValue: false },
    { boolValue: true },
    { intValue: 0 },
    { intValue: 1 },
    { intValue: -1 },
    { bytesValue: Buffer.from([1]) },
    { bytesValue: Buffer.alloc(0) },
  )
  const attribute = fc.record({ key: fc.constantFrom('', 'a', 'b', 'ab'), value })
  const sent: fc.Arbitrary<Sent> = fc.record({
    tenant: fc.constantFrom('default', 'rich', 'a'),
    schemaUrl: fc.constantFrom('', 'a', 'ab'),
    dropped: fc.constantFrom(0, 1, 256),
    attributes: fc.array(attribute, { maxLength: 3 }),
  })

  test('is that of its own request, whatever was resolved before', () => {
    fc.assert(
      fc.property(fc.array(fc.array(sent, { minLength: 1, maxLength: 6 }), { maxLength: 6 }), (requests) => {
        const resolver = new ResourceResolver(OPTIONS)
        for (const resources of requests)
          resolve(resolver, resources).forEach((resolved, i) => {
            const { tenant, schemaUrl, dropped, attributes } = resources[i]!
            const expected = attributes
              .map(({ key = '', value }) => [key, ...storedAs(value)] as const)
              .sort((a, b) => Buffer.compare(Buffer.from(a.join('\0')), Buffer.from(b.join('\0'))))
            expect(resolved).toMatchObject({
              tenantId: tenant,
              schemaUrl,
              droppedAttributesCount: dropped,
              attributeKeys: expected.map(([key]) => key),
              attributeTypes: expected.map(([, letter]) => letter).join(''),
              attributeValues: expected.map(([, , value]) => value),
              retentionDays: tenant === 'rich' ? 365 : 30,
            })
          })
      }),
      { numRuns: 300 },
    )
  })

  test('can not be another one that a sender wrote into a value', () => {
    const zeros = '\0'.repeat(8)
    const one = [text('a', `v\x01${zeros.slice(1)}b${zeros}w`)]
    const two = [text('a', 'v'), text('b', 'w')]
    const sent = [one, two].map((attributes) => ({ tenant: 'a', schemaUrl: '', dropped: 0, attributes }))
    const resolved = resolve(new ResourceResolver(OPTIONS), sent)
    expect(resolved.map(({ attributeKeys }) => attributeKeys)).toEqual([['a'], ['a', 'b']])
  })

  test('two have one fingerprint only where all but the tenant and the order is the same', () => {
    fc.assert(
      fc.property(sent, sent, (one, other) => {
        const [a, b] = resolve(new ResourceResolver(OPTIONS), [one, other]) as [
          ResolvedResource,
          ResolvedResource,
        ]
        const content = ({ schemaUrl, dropped, attributes }: Sent) =>
          JSON.stringify([
            schemaUrl,
            dropped,
            attributes.map(({ key, value }) => JSON.stringify([key, ...storedAs(value)])).sort(),
          ])
        const same = a.fingerprintLow === b.fingerprintLow && a.fingerprintHigh === b.fingerprintHigh
        expect(same).toBe(content(one) === content(other))
      }),
      { numRuns: 500 },
    )
  })
})

describe('what a resource is called', () => {
  test.each([
    ['the first configured attribute', ['app.second', 'app.first', 'service.name'], 'app.first'],
    ['the next one', ['service.name', 'app.second'], 'app.second'],
    ['the service', ['k8s.deployment.name', 'service.name'], 'service.name'],
    ['the workload', ['k8s.job.name', 'k8s.pod.name', 'k8s.statefulset.name'], 'k8s.statefulset.name'],
    ['nothing', ['k8s.pod.name'], ''],
  ])('app: %s', (_, keys, appId) => {
    expect(resolveOne(keys.map((key) => text(key, key))).appId).toBe(appId)
  })

  test('an empty value names nothing', () => {
    const { appId, serviceName } = resolveOne([
      text('app.first', ''),
      text('service.name', ''),
      text('k8s.daemonset.name', 'agent'),
    ])
    expect([appId, serviceName]).toEqual(['agent', ''])
  })

  test('columns of their own', () => {
    const keys = ['k8s.namespace.name', 'k8s.pod.name', 'k8s.container.name', 'k8s.cluster.name']
    expect(
      resolveOne([...keys.map((key) => text(key, key)), text('deployment.environment', 'old')]),
    ).toMatchObject({
      namespace: 'k8s.namespace.name',
      pod: 'k8s.pod.name',
      container: 'k8s.container.name',
      cluster: 'k8s.cluster.name',
      environment: 'old',
    })
    const both = [text('deployment.environment', 'old'), text('deployment.environment.name', 'new')]
    expect(resolveOne(both).environment).toBe('new')
  })

  test('its retention is asked with its tenant, namespace and service', () => {
    expect(resolveOne([text('k8s.namespace.name', 'short')]).retentionDays).toBe(3)
    expect(resolveOne([text('service.name', 'short')]).retentionDays).toBe(3)
    expect(resolveOne([text('service.name', 'short')], 'rich').retentionDays).toBe(365)
  })
})
