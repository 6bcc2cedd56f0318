/** Export requests in OTLP/JSON, one item each: what the tables of this folder are about. */

const text = (stringValue: string) => ({ stringValue })
const int = (intValue: string) => ({ intValue })
const double = (doubleValue: number) => ({ doubleValue })
const list = (...values: unknown[]) => ({ arrayValue: { values } })
const map = (members: Readonly<Record<string, unknown>>) => ({ kvlistValue: { values: attributes(members) } })

function attributes(members: Readonly<Record<string, unknown>>) {
  return Object.entries(members).map(([key, value]) => ({ key, value }))
}

const resource = {
  attributes: attributes({
    'service.name': text('checkout'),
    'host.name': text('pod-7'),
    pattern: text('^pod-\\d$'),
  }),
}
const scope = { name: 'com.example.gateway', version: '1.4.0' }

const logRecord = {
  timeUnixNano: '1700000000123456789',
  observedTimeUnixNano: '1700000060123456789',
  severityNumber: 13,
  severityText: 'WARN',
  traceId: '000102030405060708090a0b0c0d0e0f',
  spanId: 'f0f1f2f3f4f5f6f7',
  body: text('{"level":"debug","n":5,"ok":true,"tags":["a","b"],"inner":{"k":"v"}}'),
  attributes: attributes({
    two: int('2'),
    three: int('3'),
    seven: int('7'),
    'minus seven': int('-7'),
    zero: int('0'),
    max: int('9223372036854775807'),
    min: int('-9223372036854775808'),
    half: double(0.5),
    'two and a half': double(2.5),
    'large double': double(1e21),
    yes: { boolValue: true },
    no: { boolValue: false },
    name: text('ingest_service'),
    padded: text('  text '),
    unicode: text('一二三'),
    digits: text('42'),
    'not a number': text('4x2'),
    csv: text('999-999-9999,Joe Smith,joe@example.com'),
    pairs: text('k1=v1 k2="v 2" k3=v3'),
    ip: text('192.168.1.77'),
    card: text('4111 1111 1111 1111'),
    when: text('2023-11-14T22:13:20Z'),
    encoded: text('aGVsbG8gd29ybGQ='),
    url: text('http://myusername:mypassword@www.example.com:80/foo.gif?key1=val1&key2=val2#fragment'),
    tags: list(text('prod'), text('staging'), int('3')),
    numbers: list(int('3'), int('1'), int('2')),
    things: list(map({ name: text('foo'), value: int('2') }), map({ name: text('bar'), value: int('5') })),
    labels: map({ team: text('payments'), tier: int('1') }),
    bytes: { bytesValue: 'AQL/' },
    nothing: {},
    key: text('name'),
    index: int('1'),
  }),
}

const span = {
  traceId: '000102030405060708090a0b0c0d0e0f',
  spanId: 'f0f1f2f3f4f5f6f7',
  name: 'GET /users/{id}',
  kind: 2,
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000001500000000',
  status: { code: 2, message: 'deadline exceeded' },
  attributes: attributes({ 'http.status_code': int('503'), 'http.target': text('/users/17?debug=1') }),
  events: [
    {
      timeUnixNano: '1700000001000000000',
      name: 'exception',
      attributes: attributes({ 'exception.type': text('java.io.IOException'), attempt: int('3') }),
    },
  ],
}

const metric = {
  name: 'http.server.duration',
  unit: 'ms',
  histogram: {
    aggregationTemporality: 2,
    dataPoints: [
      {
        startTimeUnixNano: '1700000000000000000',
        timeUnixNano: '1700000060000000000',
        count: '4',
        sum: 10,
        bucketCounts: ['1', '3'],
        explicitBounds: [5],
        attributes: attributes({ 'http.route': text('/livez') }),
      },
    ],
  },
}

export const SAMPLES = {
  log: { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [logRecord] }] }] },
  span: { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] },
  metric: { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: [metric] }] }] },
} as const
