import type { KeyValue, TracesRequest } from '../../otlp/proto.ts'

export const FULL = '000102030405060708090a0b0c0d0eff'
const SHARED = '5e'.repeat(16)
const SECOND = 1_000_000_000n
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')

/** RFC 3339 with nine digits. */
export const iso = (nanos: bigint): string =>
  `${new Date(Number(nanos / SECOND) * 1000).toISOString().slice(0, 19)}.${String(nanos % SECOND).padStart(9, '0')}Z`

const VALUES: KeyValue[] = [
  { key: 'int.max', value: { intValue: '9223372036854775807' } },
  { key: 'int.safe', value: { intValue: '9007199254740991' } },
  { key: 'int.unsafe', value: { intValue: '-9007199254740992' } },
  { key: 'double', value: { doubleValue: 0.1 } },
  { key: 'double.whole', value: { doubleValue: 5 } },
  { key: 'double.nan', value: { doubleValue: Number.NaN } },
  { key: 'double.zero', value: { doubleValue: -0 } },
  { key: 'yes', value: { boolValue: true } },
  { key: 'no', value: { boolValue: false } },
  { key: 'bytes', value: { bytesValue: bytes('deadbeef') } },
  { key: 'array', value: { arrayValue: { values: [{ intValue: '9007199254740993' }, {}] } } },
  { key: 'kvlist', value: { kvlistValue: { values: [{ key: 'a', value: { stringValue: 'b' } }] } } },
  { key: 'empty', value: {} },
  { key: 'digits', value: { stringValue: '007' } },
]
const RESTORED = {
  attributes: {
    'int.max': '9223372036854775807',
    'int.safe': 9007199254740991,
    'int.unsafe': '-9007199254740992',
    double: 0.1,
    'double.whole': 5,
    'double.nan': 'NaN',
    'double.zero': '-0',
    yes: true,
    no: false,
    bytes: '3q2+7w==',
    array: '[9007199254740993,null]',
    kvlist: '{"a":"b"}',
    empty: null,
    digits: '007',
  },
  attributeTypes: {
    'int.max': 'int',
    'int.safe': 'int',
    'int.unsafe': 'int',
    double: 'double',
    'double.whole': 'double',
    'double.nan': 'double',
    'double.zero': 'double',
    yes: 'bool',
    no: 'bool',
    bytes: 'bytes',
    array: 'array',
    kvlist: 'kvlist',
    empty: 'empty',
  },
}

/** One span with everything that OTLP gives a span. `base`: nanoseconds, a whole second. */
export const fullRequest = (base: bigint): TracesRequest => ({
  resourceSpans: [
    {
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: 'cart' } },
          { key: 'loco.resource.id', value: { stringValue: 'app-1' } },
          { key: 'k8s.namespace.name', value: { stringValue: 'prod' } },
          { key: 'k8s.pod.name', value: { stringValue: 'cart-1' } },
          { key: 'k8s.container.name', value: { stringValue: 'main' } },
          { key: 'process.pid', value: { intValue: 42 } },
        ],
        droppedAttributesCount: 2,
      },
      schemaUrl: 'https://schema/r',
      scopeSpans: [
        {
          scope: {
            name: 'lib',
            version: '1.0',
            attributes: [{ key: 'lib.debug', value: { boolValue: true } }],
            droppedAttributesCount: 3,
          },
          schemaUrl: 'https://schema/s',
          spans: [
            {
              traceId: bytes(FULL),
              spanId: bytes('00f1f2f3f4f5f6f7'),
              parentSpanId: bytes('0102030405060708'),
              traceState: 'a=1,b=2',
              flags: 4294967295,
              name: 'GET /cart',
              kind: 2,
              startTimeUnixNano: base + 123_456_789n,
              endTimeUnixNano: base + 2n * SECOND,
              attributes: VALUES,
              droppedAttributesCount: 7,
              events: [
                {
                  timeUnixNano: base + 1n,
                  name: 'exception',
                  attributes: VALUES,
                  droppedAttributesCount: 1,
                },
                { timeUnixNano: base + 2n, name: 'retry' },
              ],
              droppedEventsCount: 8,
              links: [
                {
                  traceId: bytes(SHARED),
                  spanId: bytes('0a0b0c0d0e0f0001'),
                  traceState: 'x=y',
                  flags: 1,
                  attributes: VALUES,
                  droppedAttributesCount: 5,
                },
                { traceId: bytes(SHARED), spanId: bytes('0a0b0c0d0e0f0002') },
              ],
              droppedLinksCount: 9,
              status: { code: 2, message: 'it broke' },
            },
          ],
        },
      ],
    },
  ],
})

/** What the API must say of it. `seq` is whatever the store gave it. */
export const fullRecord = (base: bigint, seq: unknown): unknown => ({
  timestamp: iso(base + 123_456_789n),
  timestampNs: String(base + 123_456_789n),
  durationNs: String(2n * SECOND - 123_456_789n),
  traceId: FULL,
  spanId: '00f1f2f3f4f5f6f7',
  parentSpanId: '0102030405060708',
  name: 'GET /cart',
  kind: 'server',
  status: 'error',
  statusMessage: 'it broke',
  service: 'cart',
  app: 'app-1',
  namespace: 'prod',
  pod: 'cart-1',
  container: 'main',
  traceState: 'a=1,b=2',
  flags: 4294967295,
  ...RESTORED,
  droppedAttributesCount: 7,
  events: [
    {
      timestamp: iso(base + 1n),
      timestampNs: String(base + 1n),
      name: 'exception',
      ...RESTORED,
      droppedAttributesCount: 1,
    },
    { timestamp: iso(base + 2n), timestampNs: String(base + 2n), name: 'retry', attributes: {} },
  ],
  droppedEventsCount: 8,
  links: [
    {
      traceId: SHARED,
      spanId: '0a0b0c0d0e0f0001',
      traceState: 'x=y',
      flags: 1,
      ...RESTORED,
      droppedAttributesCount: 5,
    },
    { traceId: SHARED, spanId: '0a0b0c0d0e0f0002', attributes: {} },
  ],
  droppedLinksCount: 9,
  scope: {
    name: 'lib',
    version: '1.0',
    attributes: { 'lib.debug': true },
    attributeTypes: { 'lib.debug': 'bool' },
    schemaUrl: 'https://schema/s',
    droppedAttributesCount: 3,
  },
  retentionDays: 30,
  gatewayId: 'testgateway',
  seq,
  resource: {
    attributes: {
      'service.name': 'cart',
      'loco.resource.id': 'app-1',
      'k8s.namespace.name': 'prod',
      'k8s.pod.name': 'cart-1',
      'k8s.container.name': 'main',
      'process.pid': 42,
    },
    attributeTypes: { 'process.pid': 'int' },
    schemaUrl: 'https://schema/r',
    droppedAttributesCount: 2,
  },
})
