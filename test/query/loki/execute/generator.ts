import fc from 'fast-check'
import { NO_TRACE, type TestRecord, type TestResource, testRecord } from './data.ts'

/** Small alphabets, so that filters meet values, groups meet, times tie, and names conflict. */
export const START = 1_700_000_000_000_000_000n
const SECOND = 1_000_000_000n
export const SPAN_SECONDS = 120

const WORDS = ['error', 'ERROR', 'timeout', 'user', 'é', 'K', 'ſ', 'foo', 'level', 'warn', '500', '']
const word = fc.constantFrom(...WORDS)
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

// Queries, as text: what the parser makes of them is what users send.

const quoted = (text: string): string => JSON.stringify(text)

const selector = fc.constantFrom(
  '{service_name=~".+"}',
  '{service_name=~".+"}',
  '{service_name=~".+"}',
  '{service_name=~".+"}',
  '{service_name="shop"}',
  '{service_name!="shop", k8s_namespace_name=~"a|b|"}',
  '{service_name=~"un.*|a"}',
  '{k8s_namespace_name=~".+"}',
  '{service_name=~".+", __tenant_id__=~"t|u|"}',
)

const regex = fc.constantFrom(
  'err.r',
  '(?i)ERROR',
  '^level',
  '500$',
  'a.b',
  '[a-z]+ [a-z]+',
  '\\d{3}',
  'timeout|user',
  '',
  '.*',
  '(?i)k',
  'é',
  '\\bfoo\\b',
  '(?P<x>foo)',
  '\\pL',
  'user .*',
)
const text = fc.oneof(
  word,
  fc.constantFrom(' error ', 'msg="', '\\', "'", ' foo timeout ', 'a\nb', 'status=500'),
)

const lineFilter = fc.oneof(
  fc
    .tuple(fc.constantFrom('|=', '!='), fc.array(text, { minLength: 1, maxLength: 2 }))
    .map(([op, values]) => `${op} ${values.map(quoted).join(' or ')}`),
  fc
    .tuple(fc.constantFrom('|~', '!~'), fc.array(regex, { minLength: 1, maxLength: 2 }))
    .map(([op, values]) => `${op} ${values.map(quoted).join(' or ')}`),
  fc.constantFrom('|> "<_> user <_>"', '!> "<_>timeout"', '|> "level=<_>"', '|= ip("10.0.0.0/8")'),
)

export const LABELS = [
  'level',
  'status',
  'http_status',
  'a_b',
  'host',
  'service_name',
  'k8s_namespace_name',
  'k8s_node_name',
  'x_extracted',
  'trace_id',
  'severity_text',
  'severity_number',
  'detected_level',
  'scope_name',
  'event_name',
  'observed_timestamp',
  'flags',
  'lib_x',
  'missing',
  'service_name_extracted',
  'host_extracted',
  'key_1st',
  'key_x',
  '__tenant_id__',
] as const
const label = fc.constantFrom(...LABELS)

const simpleFilter = fc.oneof(
  fc
    .tuple(label, fc.constantFrom('=', '!='), word)
    .map(([name, op, value]) => `${name}${op}${quoted(value)}`),
  fc
    .tuple(label, fc.constantFrom('=~', '!~'), regex)
    .map(([name, op, value]) => `${name}${op}${quoted(value)}`),
  fc
    .tuple(
      label,
      fc.constantFrom('==', '!=', '>', '>=', '<', '<='),
      fc.constantFrom('0', '5', '500', '0.1', '4.35', '1e3', '-1'),
    )
    .map(([name, op, value]) => `${name} ${op} ${value}`),
  fc.constantFrom('status > 5ms', 'status < 1KB', 'host = ip("10.0.0.1")', '__error__=""', '__error__!=""'),
)
const labelFilter = fc.oneof(
  simpleFilter,
  fc.tuple(simpleFilter, fc.constantFrom(' and ', ' or '), simpleFilter).map((parts) => parts.join('')),
)

const changing = fc.constantFrom(
  '| json',
  '| logfmt',
  '| json level',
  '| json s="status"',
  '| logfmt --strict',
  '| regexp "(?P<status>\\\\d+)"',
  '| pattern "<level> <_>"',
  '| unpack',
  '| decolorize',
  '| line_format "{{.level}} x"',
  '| label_format level=status',
  '| label_format status="{{.host}}"',
  '| drop level',
  '| drop __error__',
  '| drop __error__, __error_details__',
  '| keep level, status',
  '| keep host="a"',
)

const filterStage = fc.oneof(
  lineFilter,
  labelFilter.map((filter) => `| ${filter}`),
)
/** Half of them can go to SQL whole. */
const stages = fc.oneof(
  fc.array(fc.oneof(filterStage, fc.constant('| drop __error__')), { maxLength: 3 }),
  fc.array(fc.oneof(filterStage, changing), { maxLength: 4 }),
)

export const logQuery = fc.tuple(selector, stages).map(([from, list]) => [from, ...list].join(' '))

const duration = fc.constantFrom('1s', '7s', '10s', '15s', '1m', '3m')
const offset = fc.constantFrom('', '', ' offset 10s', ' offset -5s')
const grouping = fc.oneof(
  fc.constant(''),
  fc.constant(' by ()'),
  fc.uniqueArray(label, { minLength: 1, maxLength: 3 }).map((names) => ` by (${names.join(', ')})`),
  fc.uniqueArray(label, { minLength: 1, maxLength: 2 }).map((names) => ` without (${names.join(', ')})`),
)
const byGrouping = fc
  .uniqueArray(label, { minLength: 1, maxLength: 3 })
  .map((names) => ` by (${names.join(', ')})`)

const counting = fc
  .tuple(
    fc.constantFrom('count_over_time', 'rate', 'bytes_over_time', 'bytes_rate', 'absent_over_time'),
    logQuery,
    duration,
    offset,
  )
  .map(([op, query, width, shift]) => `${op}(${query} [${width}]${shift})`)
const plainUnwrap = fc.tuple(logQuery, fc.constantFrom('status', 'http_status', 'level', 'severity_number'))
const unwrapping = fc
  .tuple(
    fc.constantFrom(
      'sum_over_time',
      'avg_over_time',
      'min_over_time',
      'max_over_time',
      'rate',
      'first_over_time',
      'last_over_time',
      'stddev_over_time',
      'stdvar_over_time',
    ),
    plainUnwrap,
    fc.constantFrom('', '', ' | __error__=""'),
    duration,
    offset,
    fc.oneof(fc.constant(''), byGrouping),
  )
  .map(([op, [query, name], filter, width, shift, group]) => {
    const grouped = op === 'sum_over_time' || op === 'rate' ? '' : group
    return `${op}(${query} | unwrap ${name}${filter} [${width}]${shift})${grouped}`
  })
const quantile = fc
  .tuple(fc.constantFrom('0', '0.3', '0.5', '0.99', '1'), plainUnwrap, duration, byGrouping)
  .map(
    ([phi, [query, name], width, group]) =>
      `quantile_over_time(${phi}, ${query} | unwrap ${name} [${width}])${group}`,
  )

const ranged = fc.oneof({ weight: 2, arbitrary: counting }, unwrapping, quantile)
const aggregated = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('sum', 'sum', 'min', 'max', 'avg', 'count'), grouping, ranged)
      .map(([op, group, range]) => `${op}${group}(${range})`),
  },
  ranged,
)

/** What ClickHouse computes alone, unless a value is no number. */
const stringFilter = fc.oneof(
  lineFilter,
  simpleFilter.filter((filter) => /["]/.test(filter)).map((filter) => `| ${filter}`),
)
const pureQuery = fc
  .tuple(selector, fc.array(stringFilter, { maxLength: 2 }))
  .map(([from, list]) => [from, ...list].join(' '))
const numbersOnly = fc.constantFrom('severity_number', 'flags', 'observed_timestamp')
const wholeInSql = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('count_over_time', 'rate', 'bytes_over_time', 'bytes_rate'),
      pureQuery,
      duration,
      offset,
      fc.oneof(fc.constant(''), byGrouping),
    )
    .map(([op, query, width, shift, group]) => `sum${group} (${op}(${query} [${width}]${shift}))`),
  fc
    .tuple(
      fc.constantFrom('sum|sum_over_time', 'sum|rate', 'min|min_over_time', 'max|max_over_time'),
      pureQuery,
      fc.oneof(numbersOnly, fc.constant('status')),
      duration,
      byGrouping,
    )
    .map(([ops, query, name, width, group]) => {
      const [outer, op] = ops.split('|')
      return `${outer}${group} (${op}(${query} | unwrap ${name} [${width}]))`
    }),
  fc
    .tuple(
      fc.constantFrom('avg', 'min', 'max', 'first', 'last', 'stddev', 'stdvar'),
      pureQuery,
      numbersOnly,
      duration,
      byGrouping,
    )
    .map(
      ([op, query, name, width, group]) => `${op}_over_time(${query} | unwrap ${name} [${width}])${group}`,
    ),
  fc
    .tuple(fc.constantFrom('0', '0.3', '0.5', '0.99', '1'), pureQuery, numbersOnly, duration, byGrouping)
    .map(
      ([phi, query, name, width, group]) =>
        `quantile_over_time(${phi}, ${query} | unwrap ${name} [${width}])${group}`,
    ),
)

export const metricQuery = fc.oneof(
  { weight: 8, arbitrary: wholeInSql },
  { weight: 5, arbitrary: aggregated },
  fc
    .tuple(aggregated, fc.constantFrom('+', '/', '> ', 'or', 'unless'), aggregated)
    .map(([a, op, b]) => `${a} ${op} ${b}`),
  aggregated.map((query) => `topk(2, ${query})`),
)

/** Steps of a range query and where it begins, in seconds after {@link START}. */
export const grid = fc.record({
  start: fc.integer({ min: -20, max: 60 }),
  step: fc.constantFrom(1, 5, 7, 10, 30, 90),
  count: fc.integer({ min: 1, max: 12 }),
})
