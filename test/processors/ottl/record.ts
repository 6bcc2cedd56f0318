import type { AnyValue } from '../../otlp/proto.ts'
import type { One } from './evaluate.ts'

const list = (...values: AnyValue[]): AnyValue => ({ arrayValue: { values } })
const map = (entries: Record<string, AnyValue>): AnyValue => ({
  kvlistValue: { values: Object.entries(entries).map(([key, value]) => ({ key, value })) },
})
const text = (stringValue: string): AnyValue => ({ stringValue })
const int = (intValue: string | number): AnyValue => ({ intValue })

/** The record that the table of cases speaks of: every kind of value under a name that says what it is. */
export const SAMPLE: One = {
  resourceSchemaUrl: 'https://example.com/resource/1.2',
  resource: {
    droppedAttributesCount: 4,
    attributes: [
      { key: 'service.name', value: text('checkout') },
      { key: 'host.name', value: text('pod-7') },
      { key: 'replicas', value: int(3) },
      { key: 'labels', value: map({ team: text('payments'), tier: int(1) }) },
    ],
  },
  scope: {
    schemaUrl: 'https://example.com/scope/2',
    scope: {
      name: 'com.example.gateway',
      version: '1.4.0',
      droppedAttributesCount: 2,
      attributes: [{ key: 'lib', value: text('http') }],
    },
  },
  record: {
    timeUnixNano: '1700000000123456789',
    observedTimeUnixNano: '1700000000999999999',
    severityNumber: 13,
    severityText: 'WARN',
    body: text('GET /healthz 200 in 12 ms'),
    droppedAttributesCount: 5,
    flags: 257,
    traceId: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
    spanId: Buffer.from('f0f1f2f3f4f5f6f7', 'hex'),
    eventName: 'http.request',
    attributes: [
      { key: 'text', value: text('hello') },
      { key: 'empty text', value: text('') },
      { key: 'unicode', value: text('grüße 🚀') },
      { key: 'digits', value: text('42') },
      { key: 'yes', value: { boolValue: true } },
      { key: 'no', value: { boolValue: false } },
      { key: 'int', value: int(42) },
      { key: 'zero', value: int(0) },
      { key: 'negative', value: int(-7) },
      { key: 'huge', value: int('9007199254740993') },
      { key: 'max', value: int('9223372036854775807') },
      { key: 'min', value: int('-9223372036854775808') },
      { key: 'double', value: { doubleValue: 1.5 } },
      { key: 'whole double', value: { doubleValue: 42 } },
      { key: 'nan', value: { doubleValue: Number.NaN } },
      { key: 'large double', value: { doubleValue: 1e21 } },
      { key: 'small double', value: { doubleValue: -1.5e-7 } },
      { key: 'bytes', value: { bytesValue: Buffer.from('0102ff', 'hex') } },
      { key: 'list of bytes', value: list({ bytesValue: Buffer.from('0102ff', 'hex') }) },
      { key: 'nothing', value: {} },
      { key: 'list', value: list(text('a'), int(2), list(text('deep')), map({ k: text('v') })) },
      { key: 'empty list', value: list() },
      {
        key: 'map',
        value: map({ name: text('x'), inner: map({ n: int(5) }), tags: list(text('t0'), text('t1')) }),
      },
      { key: 'empty map', value: map({}) },
      { key: 'which', value: text('text') },
      { key: 'index', value: int(1) },
      { key: 'twice', value: text('first') },
      { key: 'twice', value: text('second') },
    ],
  },
}

/** The sample with another body. */
export function withBody(body: AnyValue | undefined): One {
  const { body: _replaced, ...record } = SAMPLE.record!
  return { ...SAMPLE, record: body === undefined ? record : { ...record, body } }
}

export const BODIES = {
  map: map({ level: text('debug'), 'http.status': int(500), list: list(int(10), int(20)) }),
  list: list(text('zero'), int(1)),
  int: int(17),
  double: { doubleValue: 0.25 },
  bool: { boolValue: true },
  bytes: { bytesValue: Buffer.from('abc') },
}
