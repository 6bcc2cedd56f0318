import fc from 'fast-check'
import { NO_TRACE, type TestRecord, type TestResource, testRecord } from './data.ts'

/** Small alphabets, so that filters meet values, groups meet, times tie, and names conflict. */
export const START = 1_700_000_000_000_000_000n
const SECOND = 1_000_000_000n
export const SPAN_SECONDS = 120

const WORDS = ['error', 'ERROR', 'timeout', 'user', 'é', 'K', 'ſ', 'foo', 'level', 'warn', '500', '']
export const word = fc.constantFrom(...WORDS)
const numberText = fc.oneof(
  fc.integer({ min: -20, max: 600 }).map(String),
  fc.constantFrom(
    '0.1',
    '4.35',
    '1e3',
    '-0',
    '.5',
    '5.',
    '+7',
    ' 5',
    '5ms',
    '1_0',
    'inf',
    'NaN',
    '0x10',
    '1e400',
    'x',
    '',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map(String),
)

const body = fc.oneof(
  { weight: 3, arbitrary: fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')) },
  fc.tuple(word, word).map(([a, b]) => `level=${a} msg="${b}" status=500`),
  fc.tuple(word, numberText).map(([a, n]) => JSON.stringify({ level: a, status: n, nested: { a_b: a } })),
  fc
    .tuple(word, fc.integer({ min: 0, max: 600 }))
    .map(([a, n]) => `{"level":"${a}","status":${n}, "level":"x"}`),
  fc.constantFrom(
    'a\nb',
    'tab\there',
    '{"a":',
    "quote ' and \\ backslash",
    'severity: Warning',
    'LVL="err"',
    'x[WARN]y',
    // Ids, which an index finds.
    'req 0a1b2c3d4e done',
    'req 0a1b2c3d4e of 99zz88yy77 error',
  ),
)

const RESOURCE_KEYS = ['service.name', 'k8s.namespace.name', 'k8s.node.name', 'host', 'trace_id']
const RECORD_KEYS = [
  'level',
  'status',
  'http.status',
  'http_status',
  'a b',
  'host',
  'service.name',
  'x_extracted',
  'Severity',
  '1st',
  '_x',
  'detected_level',
]

const pairs = (keys: ReadonlyArray<string>, value: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(fc.tuple(fc.constantFrom(...keys), value), { maxLength })

const resource = (tenant: string, fingerprint: bigint): fc.Arbitrary<TestResource> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...RESOURCE_KEYS), fc.constantFrom('a', 'b', 'shop', '')), {
      maxLength: 4,
      selector: ([key]) => key,
    })
    .map((attributes) => ({ tenant, fingerprint, attributes }))

const resources = fc.tuple(
  resource('t', 2n ** 64n - 1n),
  resource('t', 7n),
  resource('t', 12_345_678_901_234_567_890n),
  resource('u', 9n),
)

const record = fc.record({
  resource: fc.nat({ max: 3 }),
  second: fc.oneof(fc.integer({ min: 0, max: SPAN_SECONDS }), fc.constantFrom(0, 5, 10, 15, 30, 35, 60, 90)),
  nanos: fc.constantFrom(0, 0, 1, 999_999_999),
  body,
  severityText: fc.constantFrom('', '', 'INFO', 'Warn', 'strange'),
  severityNumber: fc.constantFrom(0, 0, 1, 9, 13, 17, 24, 30),
  traceId: fc.constantFrom(NO_TRACE, NO_TRACE, '000102030405060708090a0b0c0d0eff'),
  flags: fc.constantFrom(0, 1),
  observed: fc.constantFrom(0n, START),
  eventName: fc.constantFrom('', 'placed'),
  scopeName: fc.constantFrom('', 'lib'),
  scopeAttributes: pairs(['host', 'http.status', 'lib_x'], fc.constantFrom('s', ''), 2),
  attributes: pairs(RECORD_KEYS, fc.oneof(word, numberText), 4),
})

const AT_ZERO = {
  second: 0,
  nanos: 0,
  severityText: '',
  severityNumber: 0,
  traceId: NO_TRACE,
  flags: 0,
  observed: 0n,
  eventName: '',
  scopeName: '',
}
/** What chance would seldom make; every set has them, on edges of windows. */
const CORNERS: ReadonlyArray<{
  readonly second?: number
  readonly body?: string
  readonly severityNumber?: number
  readonly severityText?: string
  readonly attributes?: ReadonlyArray<readonly [string, string]>
}> = [
  { second: 0, body: 'a\nb' },
  {
    second: 5,
    body: 'axb err.r error',
    attributes: [
      ['level', 'error timeout'],
      ['status', '500'],
    ],
  },
  {
    second: 10,
    body: String.raw`{"level":"err\u006fr","status":500}`,
    attributes: [
      ['http.status', '5ms'],
      ['http_status', '500'],
    ],
  },
  {
    second: 15,
    body: String.raw`level="err\u006fr" status=5`,
    severityNumber: 24,
    attributes: [['status', 'inf']],
  },
  {
    second: 20,
    body: 'level=error user timeout',
    severityNumber: 21,
    attributes: [
      ['host', 'record'],
      ['status', '1_0'],
    ],
  },
  {
    second: 30,
    body: 'user foo timeout 500 user',
    attributes: [
      ['level', 'warn'],
      ['Severity', 'ERR'],
      ['status', '4.35'],
    ],
  },
  {
    second: 35,
    body: 'twice',
    attributes: [
      ['host', 'first'],
      ['host', 'second'],
      ['status', '7'],
    ],
  },
  {
    second: 60,
    body: '',
    severityText: 'warning',
    attributes: [
      ['status', '0.1'],
      ['host', ''],
    ],
  },
]

/** Records of two tenants and four resources; the order is that of their receipt. */
export const records: fc.Arbitrary<ReadonlyArray<TestRecord>> = fc
  .tuple(resources, fc.array(record, { maxLength: 120, minLength: 1, size: 'max' }))
  .map(([known, list]) =>
    [
      ...CORNERS.flatMap((corner, i) =>
        [0, 1, 2, 3].map((at) => ({
          ...AT_ZERO,
          body: '',
          scopeAttributes: [],
          attributes: [],
          ...corner,
          resource: (at + i) % 4,
        })),
      ),
      ...list,
    ].map(({ resource: at, second, nanos, ...rest }) =>
      testRecord({ ...rest, resource: known[at]!, time: START + BigInt(second) * SECOND + BigInt(nanos) }),
    ),
  )
