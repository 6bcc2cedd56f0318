import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprintSeries } from '../../../src/otlp/series/fingerprint.ts'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { materialise, materialisePoints, materialiseSpans } from '../../otlp/materialise.ts'
import { type KeyValue, type LogRecord, type LogsRequest, stringAttributes } from '../../otlp/proto.ts'
import { applied, type PlainAction } from '../attribute-actions/reference.ts'
import { build } from '../filter/build.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scannedMetricsRequest } from '../metrics.ts'
import { scannedAs } from '../ottl/evaluate.ts'
import { pairsOf, readmeOf } from '../readme.ts'

const SHOP = { attributes: stringAttributes({ 'service.name': 'shop' }) }

function logsOf(logRecords: ReadonlyArray<LogRecord>, resource = SHOP): LogsRequest {
  return {
    resourceLogs: [
      { resource, scopeLogs: [{ scope: { name: 'lib', version: '2' }, logRecords: [...logRecords] }] },
    ],
  }
}

function changed(config: object, logRecords: ReadonlyArray<LogRecord>) {
  const deps = testDeps()
  const pipeline = build({ attributes: config }, deps)
  const batch = scannedAs('logs', logsOf(logRecords))
  pipeline.process(batch, 1)
  pipeline.committed(1)
  const matched = pipeline
    .rules()
    .get('attributes')!
    .map((rule) => rule.matched)
  return { attributes: materialise(batch).map(({ record }) => record.attributes), matched, deps }
}

const plain = (attributes: ReadonlyArray<KeyValue>): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value ?? {})[0])]))

const { processors, rows } = readmeOf('attributes')
const README = processors[0]!.attributes as { actions: PlainAction[] }

describe('what the README says its example does', () => {
  it.each(rows)('%s: %s', (input, output) => {
    const { attributes } = changed(README, [{ attributes: stringAttributes(pairsOf(input!)) }])
    expect(plain(attributes[0]!)).toEqual(pairsOf(output!))
  })
})

const KEYS = ['a', 'b', 'c', 'd.e', 'd.f']
const key = fc.constantFrom(...KEYS)
const scalar = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.integer(),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
)
const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.double().map(String),
  fc.constantFrom(
    '+7',
    '-0',
    '.5',
    '1.',
    '1e400',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '0x1',
    '1_0',
    '',
    '/x/y',
  ),
)
const anyValue = fc.oneof(
  text.map((stringValue) => ({ stringValue })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((intValue) => ({ intValue })),
  fc.double({ noNaN: true }).map((doubleValue) => ({ doubleValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
)
const pattern = fc.constantFrom('^d\\.', 'a|b', '[ce]$', '.')
const action = fc.oneof(
  fc.record({ action: fc.constantFrom('insert', 'update', 'UPSERT'), key, value: scalar }),
  fc.record({ action: fc.constantFrom('insert', 'update', 'upsert'), key, from_attribute: key }),
  fc.record({
    action: fc.constantFrom('insert', 'update', 'upsert'),
    key,
    from_attribute: key,
    default_value: scalar,
  }),
  fc.record({ action: fc.constantFrom('delete', 'hash'), key }),
  fc.record({ action: fc.constantFrom('delete', 'hash'), pattern }),
  fc.record({ action: fc.constantFrom('delete', 'hash'), key, pattern }),
  fc.record({
    action: fc.constant('convert'),
    key,
    converted_type: fc.constantFrom('int', 'double', 'string'),
  }),
  fc.record({
    action: fc.constant('extract'),
    key,
    pattern: fc.constantFrom('^/(?P<a>[^/]*)/(?P<new>.*)$', '(?P<b>[0-9]+)(?P<c>x)?'),
  }),
)
const attributesOf = fc.uniqueArray(fc.record({ key, value: anyValue }), { selector: (item) => item.key })

it('does what a plain reference does', () => {
  fc.assert(
    fc.property(
      fc.array(action, { minLength: 1, maxLength: 6 }),
      fc.array(attributesOf, { minLength: 1, maxLength: 3 }),
      (actions, records) => {
        const lower = actions.map((one) => ({ ...one, action: one.action.toLowerCase() }))
        const { attributes } = changed(
          { actions },
          records.map((attributes) => ({ attributes })),
        )
        expect(attributes).toEqual(records.map((own) => applied(own, lower)))
        const { attributes: same } = changed(
          { actions, dryRun: true },
          records.map((attributes) => ({ attributes })),
        )
        expect(same).toEqual(records)
      },
    ),
    { numRuns: 400 },
  )
})

describe('include and exclude', () => {
  const records: LogRecord[] = [
    {
      body: { stringValue: 'one' },
      severityNumber: 9,
      severityText: 'INFO',
      attributes: stringAttributes({ k: 'v1' }),
    },
    {
      body: { stringValue: 'two' },
      severityNumber: 17,
      severityText: 'ERROR',
      attributes: [{ key: 'n', value: { intValue: 5 } }],
    },
    { body: { intValue: 3 }, attributes: stringAttributes({ k: 'other' }) },
  ]
  const strict = (properties: object) => ({ match_type: 'strict', ...properties })
  const regexp = (properties: object) => ({ match_type: 'regexp', ...properties })
  it.each<[object, boolean[]]>([
    [strict({ services: ['x', 'shop'] }), [true, true, true]],
    [strict({ services: ['sho'] }), [false, false, false]],
    [regexp({ services: ['^sh'] }), [true, true, true]],
    [strict({ resources: [{ key: 'service.name' }] }), [true, true, true]],
    [strict({ resources: [{ key: 'service.name', value: 'x' }, { key: 'none' }] }), [false, false, false]],
    [strict({ libraries: [{ name: 'lib' }] }), [true, true, true]],
    [strict({ libraries: [{ name: 'lib', version: '' }] }), [false, false, false]],
    [regexp({ libraries: [{ name: 'l.b', version: '[0-9]' }] }), [true, true, true]],
    [strict({ attributes: [{ key: 'k' }] }), [true, false, true]],
    [strict({ attributes: [{ key: 'k', value: 'v1' }] }), [true, false, false]],
    [strict({ attributes: [{ key: 'n', value: 5 }] }), [false, true, false]],
    [strict({ attributes: [{ key: 'n', value: '5' }] }), [false, false, false]],
    [regexp({ attributes: [{ key: 'n', value: '^5$' }] }), [false, true, false]],
    [strict({ attributes: [{ key: 'k' }, { key: 'n' }] }), [false, false, false]],
    [strict({ log_bodies: ['one', 'two'] }), [true, true, false]],
    [regexp({ log_bodies: ['^t', '3'] }), [false, true, false]],
    [strict({ log_severity_texts: ['ERROR'] }), [false, true, false]],
    [strict({ log_severity_number: { min: 13 } }), [false, true, false]],
    [strict({ log_severity_number: { min: 13, match_undefined: true } }), [false, true, true]],
    [strict({ log_bodies: ['one'], services: ['shop'] }), [true, false, false]],
    [strict({ log_bodies: ['one'], services: ['x'] }), [false, false, false]],
  ])('%j', (match, expected) => {
    const actions = [{ key: 'hit', value: true, action: 'insert' }]
    const hits = (config: object): boolean[] =>
      changed(config, records).attributes.map((own) => own.some((item) => item.key === 'hit'))
    expect(hits({ actions, include: match })).toEqual(expected)
    expect(hits({ actions, exclude: match })).toEqual(expected.map((one) => !one))
  })

  it('of another signal includes nothing, and excludes nothing', () => {
    const actions = [{ key: 'hit', value: true, action: 'insert' }]
    const match = strict({ span_names: ['x'] })
    expect(changed({ actions, exclude: match }, records).matched).toEqual([3])
    const parsed = build({ attributes: { actions, include: match } }, testDeps())
    expect([...parsed.signals]).toEqual(['traces'])
  })

  it('of spans', () => {
    const spans = [
      { name: 'GET /', kind: 2 },
      { name: 'POST /', kind: 3 },
      { name: 'GET /x', kind: 3 },
    ]
    const of = (match: object): boolean[] => {
      const pipeline = build(
        { attributes: { actions: [{ key: 'hit', value: 1, action: 'insert' }], include: match } },
        testDeps(),
      )
      const batch = scannedAs('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })
      pipeline.process(batch, 1)
      return materialiseSpans(batch).map(({ span }) => span.attributes.length === 1)
    }
    expect(of(strict({ span_names: ['GET /'] }))).toEqual([true, false, false])
    expect(of(regexp({ span_names: ['^GET'], span_kinds: ['CLIENT$'] }))).toEqual([false, false, true])
    expect(of(strict({ span_kinds: ['SPAN_KIND_CLIENT'] }))).toEqual([false, true, true])
  })
})

describe('conditions', () => {
  const actions = [{ key: 'hit', value: 1, action: 'upsert' }]
  it('one of them must hold', () => {
    const records = ['a', 'b', 'c'].map((stringValue) => ({ body: { stringValue } }))
    expect(changed({ actions, conditions: ['body == "a"', 'body == "c"'] }, records).matched).toEqual([2])
  })
  it('that fail do not hold, and are counted', () => {
    const { deps, matched } = changed({ actions, conditions: ['body["x"] == 1'] }, [
      { body: { stringValue: 'a' } },
    ])
    expect([matched, deps.failures]).toEqual([[0], 1])
  })
  it('choose the signals that have their paths', () => {
    const signals = (...conditions: string[]): string[] =>
      [...build({ attributes: { actions, conditions } }, testDeps()).signals].sort()
    expect(signals('body == "a"')).toEqual(['logs'])
    expect(signals('span.name == "a"', 'metric.name == "b"')).toEqual(['metrics', 'traces'])
    expect(signals('attributes["a"] == 1')).toEqual(['logs', 'metrics', 'traces'])
  })
})

it('changed data points are other series: as if they had been sent so', () => {
  const metrics = (attributes: KeyValue[]) => ({
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ name: 'm', sum: { dataPoints: [{ asInt: 1, attributes }] } }] }] },
    ],
  })
  const batch = scannedMetricsRequest(metrics(stringAttributes({ a: '1', b: '2' })), 'default')
  const sent = scannedMetricsRequest(
    metrics([{ key: 'a', value: { intValue: 1 } }, ...stringAttributes({ c: '3' })]),
    'default',
  )
  const actions: PlainAction[] = [
    { key: 'b', action: 'delete' },
    { key: 'a', converted_type: 'int', action: 'convert' },
    { key: 'c', value: '3', action: 'insert' },
  ]
  build(
    { attributes: { actions, include: { match_type: 'strict', metric_names: ['m'] } } },
    testDeps(),
  ).process(batch, 1)
  expect(materialisePoints(batch)).toEqual(materialisePoints(sent))
  const series = (one: typeof batch): number[] => [...one.records.data.slice(13, 15)]
  expect(series(batch)).toEqual(series(sent))
  fingerprintSeries(batch)
  expect(series(batch)).toEqual(series(sent))
})

describe('what is wrong is said with its place', () => {
  const one = (action: object) => ({ actions: [action] })
  it.each<[object, string]>([
    [{}, 'attributes.actions: expected a list of at most 1000 actions'],
    [
      one({ key: 'a', action: 'add' }),
      'attributes.actions.0.action: expected one of insert, update, upsert, delete, hash, extract, convert',
    ],
    [one({ action: 'insert', value: 1 }), 'attributes.actions.0: insert needs a key'],
    [one({ action: 'insert', key: 'a' }), 'attributes.actions.0: insert needs a value or from_attribute'],
    [
      one({ action: 'insert', key: 'a', value: 1, from_attribute: 'b' }),
      'attributes.actions.0.from_attribute: stands beside value: write one of them',
    ],
    [
      one({ action: 'insert', key: 'a', value: 2 ** 60 }),
      'attributes.actions.0.value: is an integer beyond 2^53, of which YAML keeps no exact digits',
    ],
    [
      one({ action: 'insert', key: 'a', value: [1] }),
      'attributes.actions.0.value: expected a text of at most 65536 characters, a number, true or false',
    ],
    [
      one({ action: 'insert', key: 'a', from_context: 'x' }),
      'attributes.actions.0.from_context: is not supported: rules see what was sent, not its sender',
    ],
    [one({ action: 'delete' }), 'attributes.actions.0: delete needs a key or a pattern'],
    [one({ action: 'delete', pattern: '(' }), 'attributes.actions.0.pattern: missing closing ): `(`'],
    [
      one({ action: 'delete', key: 'a', value: 1 }),
      'attributes.actions.0.value: delete has none; it has pattern',
    ],
    [
      one({ action: 'extract', key: 'a' }),
      'attributes.actions.0: extract needs a pattern with named groups, such as ^/(?P<area>[^/]+)',
    ],
    [
      one({ action: 'extract', key: 'a', pattern: 'x' }),
      'attributes.actions.0.pattern: has no named groups: write (?P<name>…)',
    ],
    [
      one({ action: 'extract', key: 'a', pattern: '(?P<b>x)(y)' }),
      'attributes.actions.0.pattern: has a group without a name: write (?P<name>…) or (?:…)',
    ],
    [
      one({ action: 'convert', key: 'a' }),
      'attributes.actions.0: convert needs a converted_type: int, double, string',
    ],
    [
      one({ action: 'delete', key: 'a', valeu: 1 }),
      'attributes.actions.0.valeu: unknown key (did you mean value?)',
    ],
    [
      { ...one({ action: 'delete', key: 'a' }), conditions: ['bdy == 1'] },
      'attributes.conditions.0: line 1, column 1: a log has no bdy (did you mean body?)',
    ],
    [
      { ...one({ action: 'delete', key: 'a' }), include: { match_type: 'strict' } },
      'attributes.include: needs one of services, resources, libraries, attributes, span_names, span_kinds, log_bodies, log_severity_texts, log_severity_number, metric_names',
    ],
    [
      { ...one({ action: 'delete', key: 'a' }), include: { match_type: 'strict', services: [] } },
      'attributes.include.services: is empty: it would match nothing',
    ],
    [
      { ...one({ action: 'delete', key: 'a' }), include: { services: ['a'] } },
      'attributes.include.match_type: expected strict or regexp',
    ],
    [
      { ...one({ action: 'delete', key: 'a' }), exclude: { match_type: 'regexp', services: ['('] } },
      'attributes.exclude: of logs: missing closing ): `(`',
    ],
  ])('%j', (config, message) => {
    const parsed = parseProcessors({ attributes: config })
    const issues = 'issues' in parsed ? parsed.issues : []
    expect(issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([message])
  })

  it('warns of what changes nothing', () => {
    expect(parseProcessors({ attributes: { actions: [] } })).toMatchObject({ plan: { warnings: [{}] } })
  })
})

describe('the contract', () => {
  // What hashes, extracts or makes texts of numbers makes texts, and is left out here.
  const actions = README.actions.filter(({ action }) => action !== 'hash' && action !== 'extract')
  itKeepsTheContract({
    make: (deps) => build({ attributes: { ...README, actions } }, deps).processors[0]!,
    requests: [logsOf(rows.map(([input]) => ({ attributes: stringAttributes(pairsOf(input!)) })))],
    changes: true,
  })
})
