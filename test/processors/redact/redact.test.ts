import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Signal } from '../../../src/otlp/batch.ts'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { materialise } from '../../otlp/materialise.ts'
import { type AnyValue, type KeyValue, type LogsRequest, stringAttributes } from '../../otlp/proto.ts'
import { build } from '../filter/build.ts'
import { contentOf, itKeepsTheContract, testDeps } from '../kit.ts'
import { prepareMetrics } from '../metrics.ts'
import { type Requests, scannedAs } from '../ottl/evaluate.ts'
import { readmeOf } from '../readme.ts'
import { maskedByReference, REFERENCED } from './references.ts'

function scan<S extends Signal>(signal: S, request: Requests[S]) {
  const batch = scannedAs(signal, request)
  return signal === 'metrics' ? prepareMetrics(batch) : batch
}

/** Redaction uses nothing of the world. */
const DEPS = testDeps()

function redacted<S extends Signal>(config: object, signal: S, request: Requests[S]) {
  const pipeline = build({ redact: config }, DEPS)
  const batch = scan(signal, request)
  pipeline.process(batch, 1)
  pipeline.committed(1)
  const found = pipeline
    .rules()
    .get('redact')!
    .filter(({ matched }) => matched > 0)
  return { batch, counts: Object.fromEntries(found.map(({ matched, rule }) => [rule, matched])) }
}

const logOf = (body: AnyValue, attributes: KeyValue[] = []): LogsRequest => ({
  resourceLogs: [{ scopeLogs: [{ logRecords: [{ body, attributes }] }] }],
})

function masked(text: string, config: object = {}): string {
  return materialise(redacted(config, 'logs', logOf({ stringValue: text })).batch)[0]!.record.body!
    .stringValue!
}

const { processors, rows } = readmeOf('redact')
const code = (cell: string): string => cell.slice(1, -1)

describe('what the README says its example does', () => {
  it.each(rows)('%s: %s', (input, output) => {
    expect(masked(code(input!), processors[0]!.redact)).toBe(code(output!))
  })
})

describe('values behind a secret key', () => {
  it.each([
    ['password=x', 'password=***'],
    ['PASSWORD = x y', 'PASSWORD = *** y'],
    ['user.dbPassword: x, y', 'user.dbPassword: ***, y'],
    ['X-Api-Key: abc', 'X-Api-Key: ***'],
    ['{"token": "a\\"b", "x": 1}', '{"token": "***", "x": 1}'],
    ['{"m":"{\\"secret\\":\\"a b\\",\\"x\\":1}"}', '{"m":"{\\"secret\\":\\"***\\",\\"x\\":1}"}'],
    ["'pwd'=>'a b', 'x'", "'pwd'=>'***', 'x'"],
    ['pwd := x', 'pwd := ***'],
    ['{"pwd":12,"x":1}', '{"pwd":***,"x":1}'],
    ['{"pwd":null,"token":true}', '{"pwd":null,"token":true}'],
    ['{"secret":{"a":"b"}}', '{"secret":{"a":"b"}}'],
    ['password="cut off', 'password="***'],
    ['password=', 'password='],
    ['password:', 'password:'],
    ['max_tokens=100', 'max_tokens=100'],
    ['passwords differ: x', 'passwords differ: x'],
    ['password=für&x=1', 'password=***&x=1'],
    ['?access_token=a&b=c', '?access_token=***&b=c'],
  ])('%s', (text, expected) => expect(masked(text)).toBe(expected))
})

describe('passwords in addresses', () => {
  it.each([
    ['https://a:b@c/d', 'https://a:***@c/d'],
    ['amqp://a:b:c@d', 'amqp://a:***@d'],
    ['redis://:b@c', 'redis://:***@c'],
    ['https://a@c:80/d', 'https://a@c:80/d'],
    ['https://c:80/a@b', 'https://c:80/a@b'],
    ['://://a:b@c', '://://a:***@c'],
  ])('%s', (text, expected) => expect(masked(text)).toBe(expected))
})

const ALPHABETS: Readonly<Record<string, string[]>> = {
  email: [...'ab@..-_%é ', 'x.co'],
  jwt: ['eyJ', 'eyJ', '.', '.', '-', 'a', ' ', 'é'],
  aws_key: ['AKIA', 'ASIA', 'ABCDEFGH', '01234567', 'A', '0', ' ', '_'],
  bearer_token: ['bearer', 'Basic', ' ', ' ', 'abcd', '12345678', '=', ',', 'x'],
  private_key: ['-----BEGIN ', '-----END ', 'RSA ', 'PRIVATE KEY-----', '-', 'abc\n'],
  ipv4: [...'0125..9a ', '10.0.0.1', '256'],
  credit_card: [
    '4111111111111111',
    '4111',
    '1111',
    '378282246310005',
    '3782',
    '822463',
    '10005',
    ' ',
    '-',
    '.',
    '0',
    'a',
    '6011000990139424',
  ],
}

describe('a search over bytes finds what a reference finds:', () => {
  it.each(REFERENCED)('%s', (name) => {
    const unit = fc.constantFrom(...ALPHABETS[name]!)
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 24 }), (parts) => {
        const text = parts.join('')
        expect(masked(text, { patterns: [name] })).toBe(maskedByReference(name, text))
      }),
      { numRuns: 400 },
    )
  })
})

const KEY = `-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----`
const SECRETS = [
  '4111-1111-1111-1111',
  '5555555555554444',
  'ada.l@example.co.uk',
  'AKIAIOSFODNN7EXAMPLE',
  'eyJhbGciOiJI.eyJzdWIi.c2ln',
  KEY,
  'ORD-424242',
]
const secret = fc.constantFrom(...SECRETS)
/** Letters that begin nothing, and bounds of words around what is secret. */
const filler = fc
  .string({ unit: fc.constantFrom(...'xyz é€\u{1F600}\n(),;'), maxLength: 12 })
  .map((text) => `(${text})`)
const piece = fc.array(fc.oneof(filler, secret), { maxLength: 6 }).map((parts) => parts.join('|'))
const mask = (text: string): string => SECRETS.reduce((rest, one) => rest.replaceAll(one, '***'), text)

const value: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    piece.map((stringValue) => ({ stringValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 4n * 10n ** 12n }).map((intValue) => ({ intValue })),
    fc.double({ noNaN: true }).map((doubleValue) => ({ doubleValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.uint8Array({ maxLength: 8 }).map((bytesValue) => ({ bytesValue })),
    fc.constant({}),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
    fc
      .array(fc.record({ key: fc.constantFrom('k', 'é', ''), value: tie('value') }), { maxLength: 3 })
      .map((values) => ({ kvlistValue: { values } })),
  ),
})).value
const attributes = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c.d'), value }), { maxLength: 3 })

/** The same with every text masked: what must be stored, written by another hand. */
function expected<T>(node: T): T {
  if (typeof node === 'string') return mask(node) as T
  if (Array.isArray(node)) return node.map(expected) as T
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return node
  return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, expected(item)])) as T
}

describe('no secret survives, wherever it stands, and nothing else changes:', () => {
  const config = { custom: { order_number: 'ORD-[0-9]{6}' } }
  const holds = <S extends Signal>(signal: S, request: fc.Arbitrary<Requests[S]>): void => {
    fc.assert(
      fc.property(request, (request) => {
        const { batch } = redacted(config, signal, request)
        expect(contentOf(batch)).toEqual(contentOf(scan(signal, expected(request))))
        const dry = redacted({ ...config, dryRun: true }, signal, request)
        expect(contentOf(dry.batch)).toEqual(contentOf(scan(signal, request)))
        if (signal !== 'metrics') return
        const series = [batch, scan(signal, expected(request))].map(({ records: { data } }) =>
          data.slice(13, 15),
        )
        expect(series[0]).toEqual(series[1])
      }),
      { numRuns: 150 },
    )
  }
  const resource = fc.record({ attributes })
  const scope = fc.record({ name: fc.constant('s'), attributes })

  it('logs', () => {
    const record = fc.record({ body: value, attributes, eventName: piece })
    holds(
      'logs',
      fc.record({ resource, scope, record }).map(({ record, resource, scope }) => ({
        resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [record] }] }],
      })),
    )
  })
  it('spans', () => {
    const span = fc.record({
      name: piece,
      attributes,
      status: fc.record({ message: piece }),
      events: fc.array(fc.record({ name: piece, attributes }), { maxLength: 2 }),
      links: fc.array(fc.record({ attributes }), { maxLength: 2 }),
    })
    holds(
      'traces',
      fc.record({ resource, scope, span }).map(({ resource, scope, span }) => ({
        resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }],
      })),
    )
  })
  it('data points', () => {
    const point = fc.record({
      asInt: fc.constant(1),
      attributes,
      exemplars: fc.array(fc.record({ asInt: fc.constant(1), filteredAttributes: attributes }), {
        maxLength: 2,
      }),
    })
    holds(
      'metrics',
      fc.record({ resource, scope, point }).map(({ point, resource, scope }) => ({
        resourceMetrics: [
          { resource, scopeMetrics: [{ scope, metrics: [{ name: 'm', gauge: { dataPoints: [point] } }] }] },
        ],
      })),
    )
  })
})

it('ints that are card numbers become texts', () => {
  const int = (intValue: bigint): AnyValue => ({ intValue })
  const list = { arrayValue: { values: [int(4111111111111111n), int(4111111111111112n)] } }
  const { batch, counts } = redacted({}, 'logs', logOf(int(4111111111111111n), [{ key: 'a', value: list }]))
  const [{ record }] = materialise(batch) as [ReturnType<typeof materialise>[0]]
  expect(record.body).toEqual({ stringValue: '***' })
  expect(record.attributes).toEqual([
    { key: 'a', value: { arrayValue: { values: [{ stringValue: '***' }, int(4111111111111112n)] } } },
  ])
  expect(counts).toEqual({ credit_card: 2 })
})

it('keys block and allow, at any depth', () => {
  const inner = {
    kvlistValue: {
      values: [
        ...stringAttributes({ ssn: '1', note: 'a@b.co', 'my.SSN': '2' }),
        { key: 'n', value: { intValue: 7n } },
      ],
    },
  }
  const sent = [
    ...stringAttributes({ 'user.ssn': 'x', ok: 'a@b.co' }),
    { key: 'PIN', value: { intValue: 7n } },
    { key: 'm', value: inner },
  ]
  const config = { blockedKeys: ['*ssn', 'pin'], allowedKeys: ['ok'] }
  const { batch, counts } = redacted(config, 'logs', logOf({ stringValue: 'a@b.co' }, sent))
  expect(materialise(batch)[0]!.record.attributes).toEqual([
    ...stringAttributes({ 'user.ssn': '***', ok: 'a@b.co', PIN: '***' }),
    {
      key: 'm',
      value: {
        kvlistValue: {
          values: [
            ...stringAttributes({ ssn: '***', note: '***', 'my.SSN': '***' }),
            { key: 'n', value: { intValue: 7n } },
          ],
        },
      },
    },
  ])
  expect(counts).toEqual({ email: 2, blocked_key: 4 })
})

it('names the pattern, or hashes with a key', () => {
  expect(masked('a@b.co', { replacement: '<{pattern}>' })).toBe('<email>')
  const hashKey = '0123456789abcdef'
  const [first, second, third] = masked('a@b.co a@b.co c@b.co', { hashKey }).split(' ')
  expect(first).toMatch(/^hmac:[0-9a-f]{16}$/)
  expect([second === first, third === first]).toEqual([true, false])
  expect(masked('a@b.co', { hashKey: `${hashKey}!` })).not.toBe(first)
})

describe('what is wrong is said with its place', () => {
  it.each<[unknown, string]>([
    [
      { patterns: ['mail'] },
      'redact.patterns.0: expected one of private_key, url_password, secret_value, bearer_token, jwt, aws_key, credit_card, email, ipv4',
    ],
    [{ pattern: [] }, 'redact.pattern: unknown key (did you mean patterns?)'],
    [{ custom: { a: '(' } }, 'redact.custom.a: missing closing ): `(`'],
    [{ custom: { a: 'x*' } }, 'redact.custom.a: matches the empty text'],
    [{ custom: { email: 'x' } }, 'redact.custom.email: is the name of a built-in pattern'],
    [{ custom: { 'A b': 'x' } }, 'redact.custom.A b: expected a name such as order_number'],
    [{ custom: { a: 7 } }, 'redact.custom.a: expected a pattern (RE2) of 1 to 4096 characters'],
    [
      { hashKey: 'short' },
      'redact.hashKey: has fewer than 16 characters: card numbers and addresses could be guessed from their hash',
    ],
    [
      { hashKey: '0123456789abcdef', replacement: 'x' },
      'redact.replacement: stands beside hashKey: write one of them',
    ],
    [{ replacement: 'gone@example.com' }, 'redact.replacement: is itself matched by email'],
    [{ custom: { stars: '\\*+' } }, 'redact.replacement: is itself matched by stars'],
    ['x', 'redact: expected a map'],
  ])('%j', (config, message) => {
    const parsed = parseProcessors({ redact: config })
    const issues = 'issues' in parsed ? parsed.issues : []
    expect(issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([message])
  })

  it('warns of what masks nothing', () => {
    expect(parseProcessors({ redact: { patterns: [] } })).toMatchObject({ plan: { warnings: [{}] } })
  })
})

describe('the contract', () => {
  const bodies = rows.map(([input]) => ({
    body: { stringValue: code(input!) },
    attributes: stringAttributes({ a: code(input!), b: 'x' }),
  }))
  itKeepsTheContract({
    make: (deps) => build({ redact: {} }, deps).processors[0]!,
    requests: [
      {
        resourceLogs: [
          {
            resource: { attributes: stringAttributes({ owner: 'a@b.co' }) },
            scopeLogs: [{ logRecords: Array.from({ length: 10 }, () => bodies).flat() }],
          },
        ],
      },
    ],
    changes: true,
  })
})
