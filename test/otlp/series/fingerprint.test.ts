import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newBatch } from '../../../src/otlp/scan/index.ts'
import { ATTRIBUTE, POINT, ValueKind } from '../../../src/otlp/slots.ts'
import { flattenPoints } from '../flatten-points.ts'
import { decodeLenient } from '../lenient-decode.ts'
import {
  type AnyValue,
  encodeMetricsRequest,
  type KeyValue,
  type Metric,
  type MetricsRequest,
  type NumberDataPoint,
  type Resource,
  type ScopeMetrics,
} from '../proto.ts'
import { metricsRequest } from '../random-messages.ts'
import { SCAN_OUTCOMES } from '../scan-outcomes.ts'
import { metricsRequestBytes } from '../wire-metrics.ts'
import { seriesFingerprint } from './reference.ts'
import { ATTRIBUTES_MAX, fingerprints, ofRequest, scan } from './scanned.ts'

describe('the fingerprint of a series', () => {
  const expected = (bytes: Buffer): string[] => {
    const request = decodeLenient('ExportMetricsServiceRequest', bytes)
    return flattenPoints(request, ATTRIBUTES_MAX, SCAN_OUTCOMES).map(seriesFingerprint)
  }

  test.each([
    ['as encoders write it', metricsRequest.map(encodeMetricsRequest)],
    ['as none does', metricsRequestBytes],
  ])('is that of its documented form, %s', (_, requests) => {
    const batch = newBatch('metrics')
    let points = 0
    fc.assert(
      fc.property(requests, (bytes) => {
        expect(fingerprints(scan(bytes, batch))).toEqual(expected(bytes))
        points += batch.records.count
      }),
      { numRuns: 600 },
    )
    expect(points).toBeGreaterThan(300)
  })

  test('is the same for any order of the attributes, and wherever in a request the point stands', () => {
    const shuffled = (list: KeyValue[] = []): fc.Arbitrary<KeyValue[]> =>
      fc.shuffledSubarray(list, { minLength: list.length })
    const pair = metricsRequest
      .filter((request) => flattenPoints(request, 5, SCAN_OUTCOMES).length > 0)
      .chain((request) => fc.tuple(fc.constant(request), reordered(request, shuffled), metricsRequest))
    fc.assert(
      fc.property(pair, ([request, other, before]) => {
        const both = {
          resourceMetrics: [...(before.resourceMetrics ?? []), ...(other.resourceMetrics ?? [])],
        }
        const own = ofRequest(request)
        expect(ofRequest(both).slice(-own.length)).toEqual(own)
      }),
      { numRuns: 300 },
    )
  })
})

/** The same request with every list of attributes in another order. */
function reordered(
  request: MetricsRequest,
  shuffled: (list?: KeyValue[]) => fc.Arbitrary<KeyValue[]>,
): fc.Arbitrary<MetricsRequest> {
  const lists: KeyValue[][] = []
  JSON.stringify(request, (name, value: unknown) => {
    if (name === 'attributes') lists.push(value as KeyValue[])
    return typeof value === 'bigint' ? '' : value
  })
  return fc.tuple(...lists.map(shuffled)).map((orders) => {
    const order = new Map(lists.map((list, i) => [list, orders[i]!]))
    const copy = (value: unknown): unknown => {
      if (Array.isArray(value)) return (order.get(value) ?? value).map(copy)
      if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copy(item)]))
    }
    return copy(request) as MetricsRequest
  })
}

type Parts = {
  resource: Resource
  resourceSchemaUrl: string
  scope: ScopeMetrics
  metric: Metric
  point: NumberDataPoint
  temporality: number
  monotonic: boolean
}
const text = (key: string, stringValue: string): KeyValue => ({ key, value: { stringValue } })
const BASE: Parts = {
  resource: { attributes: [text('service.name', 'shop')] },
  resourceSchemaUrl: '',
  scope: { scope: { name: 'meter', version: '1' } },
  metric: { name: 'requests', unit: '1' },
  point: { asInt: 7, attributes: [text('ab', 'c'), text('method', 'GET')] },
  temporality: 2,
  monotonic: true,
}

function ofParts(change: Partial<Parts>): string {
  const { resource, resourceSchemaUrl, scope, metric, point, temporality, monotonic } = { ...BASE, ...change }
  const sum = { dataPoints: [point], aggregationTemporality: temporality, isMonotonic: monotonic }
  const metrics = [metric.gauge === undefined ? { sum, ...metric } : metric]
  return ofRequest({
    resourceMetrics: [{ resource, schemaUrl: resourceSchemaUrl, scopeMetrics: [{ ...scope, metrics }] }],
  })[0]!
}

const attributes = (...list: KeyValue[]): Partial<Parts> => ({ point: { asInt: 7, attributes: list } })
const ofValue = (value: AnyValue): Partial<Parts> => attributes({ key: 'k', value })

/** Each differs from all others. */
const CHANGES: ReadonlyArray<readonly [string, Partial<Parts>]> = [
  ['nothing', {}],
  ['a key', attributes(text('ab', 'c'), text('methode', 'GET'))],
  ['a value', attributes(text('ab', 'c'), text('method', 'PUT'))],
  ['values the other way round', attributes(text('ab', 'GET'), text('method', 'c'))],
  ['a letter from the value in the key', attributes(text('abc', ''), text('method', 'GET'))],
  ['a letter from the key in the value', attributes(text('a', 'bc'), text('method', 'GET'))],
  ['one attribute less', attributes(text('ab', 'c'))],
  ['no attributes', attributes()],
  ['an attribute twice', attributes(text('ab', 'c'), text('ab', 'c'), text('method', 'GET'))],
  ['zero bytes behind a value', attributes(text('ab', 'c\0'), text('method', 'GET'))],
  ['zero bytes behind a key', attributes(text('ab\0', 'c'), text('method', 'GET'))],
  ['the metric', { metric: { name: 'request', unit: '1' } }],
  ['a letter from the unit in the name', { metric: { name: 'requests1' } }],
  ['the unit', { metric: { name: 'requests', unit: 's' } }],
  ['no unit', { metric: { name: 'requests' } }],
  ['the temporality', { temporality: 1 }],
  ['the monotonicity', { monotonic: false }],
  ['the kind', { metric: { name: 'requests', unit: '1', gauge: { dataPoints: [BASE.point] } } }],
  ['the name of the scope', { scope: { scope: { name: 'other', version: '1' } } }],
  ['the version of the scope', { scope: { scope: { name: 'meter', version: '2' } } }],
  ['a letter from the version in the name', { scope: { scope: { name: 'meter1' } } }],
  ['no scope', { scope: {} }],
  ['an attribute of the scope', { scope: { scope: { ...BASE.scope.scope, attributes: [text('a', 'b')] } } }],
  ['what the scope dropped', { scope: { scope: { ...BASE.scope.scope, droppedAttributesCount: 1 } } }],
  ['the schema of the scope', { scope: { ...BASE.scope, schemaUrl: 'https://x' } }],
  ['the schema of the resource', { resourceSchemaUrl: 'https://x' }],
  ['the resource', { resource: { attributes: [text('service.name', 'shop-2')] } }],
  ['what the resource dropped', { resource: { ...BASE.resource, droppedAttributesCount: 1 } }],
  ['no resource', { resource: {} }],
  [
    'an attribute that moved to the resource',
    {
      resource: { attributes: [text('service.name', 'shop'), text('ab', 'c')] },
      ...attributes(text('method', 'GET')),
    },
  ],
  ['a string', ofValue({ stringValue: '1' })],
  ['bytes', ofValue({ bytesValue: Buffer.from('1') })],
  ['an int', ofValue({ intValue: 1 })],
  ['a negative int', ofValue({ intValue: -1 })],
  ['an int of the high word', ofValue({ intValue: 1n << 32n })],
  ['a double', ofValue({ doubleValue: 1 })],
  ['zero', ofValue({ doubleValue: 0 })],
  ['minus zero', ofValue({ doubleValue: -0 })],
  ['true', ofValue({ boolValue: true })],
  ['false', ofValue({ boolValue: false })],
  ['nothing as a value', ofValue({})],
  ['an empty string', ofValue({ stringValue: '' })],
  ['no bytes', ofValue({ bytesValue: Buffer.alloc(0) })],
  ['an array', ofValue({ arrayValue: { values: [{ intValue: 1 }] } })],
  ['its text', ofValue({ stringValue: '[1]' })],
  ['an array of more', ofValue({ arrayValue: { values: [{ intValue: 1 }, {}] } })],
  ['a list', ofValue({ kvlistValue: { values: [text('a', 'b')] } })],
]

describe('a series is another one', () => {
  const all = new Map(CHANGES.map(([what, change]) => [ofParts(change), what]))

  test.each(CHANGES)('by %s', (what, change) => {
    expect(all.get(ofParts(change))).toBe(what)
    expect(all.size).toBe(CHANGES.length)
  })
})

describe('a series is the same one', () => {
  test.each<[string, Partial<Parts>]>([
    ['another description', { metric: { ...BASE.metric, description: 'd' } }],
    ['metadata', { metric: { ...BASE.metric, metadata: [text('a', 'b')] } }],
    ['another value', { point: { ...BASE.point, asInt: 8 } }],
    ['a double', { point: { attributes: BASE.point.attributes!, asDouble: 0.5 } }],
    [
      'other times and flags',
      { point: { ...BASE.point, timeUnixNano: 5n, startTimeUnixNano: 4n, flags: 1 } },
    ],
    ['exemplars', { point: { ...BASE.point, exemplars: [{ filteredAttributes: [text('a', 'b')] }] } }],
  ])('with %s', (_, change) => {
    expect(ofParts(change)).toBe(ofParts({}))
  })
})

describe('a changed batch', () => {
  test('has the fingerprints of a request that says so itself, also when its bytes were replaced', () => {
    const request = (list: KeyValue[]): MetricsRequest => {
      const gauge = { dataPoints: [{ asInt: 1, attributes: list }] }
      return { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge }] }] }] }
    }
    const batch = scan(encodeMetricsRequest(request([text('a', 'b')])))
    const before = batch.bytes
    const key = batch.appendBytes(Buffer.from('host.name'))
    const value = batch.appendBytes(Buffer.from('node-1'))
    expect(batch.bytes).not.toBe(before)
    const { data } = batch.attributes
    const at = batch.records.data[POINT.attributesFirst]! * ATTRIBUTE.stride
    data.set([key, key + 9, ValueKind.string, value, value + 6], at)
    expect(fingerprints(batch)).toEqual(ofRequest(request([text('host.name', 'node-1')])))
  })
})
