import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../../src/config/schema.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { startTestApi, type TestApi } from '../support.ts'
import { insertRows, type TestRow, testRow } from './store.ts'

const SECOND = 1_000_000_000n
const BASE = ((BigInt(Date.now()) * 1_000_000n) / SECOND) * SECOND - 600n * SECOND

const BODIES = [
  'GET /cart 200',
  'get /CART?user=anna 500',
  '100% done',
  '100 percent',
  'a_b',
  'aXb',
  'C:\\temp\\file',
  'C:/temp',
  'it\'s "quoted" `here`',
  'tab\there\nline two',
  'Ärger in Größe',
  'ärger IN GRÖSSE',
  'Привет мир',
  '\u212Aelvin',
  'kelvin',
  "' OR 1=1 --",
  '{tenant:String} {p0:UInt8}',
  '',
  '🙂 smile',
]
const TRACES = ['0'.repeat(32), 'ab'.repeat(16), `${'0'.repeat(30)}27`, '5c'.repeat(16)]

const pick = <T>(values: ReadonlyArray<T>, i: number): T => values[i % values.length]!

/** Both tenants have the same rows but for their bodies' mark, so that a leak shows. */
const ROWS: TestRow[] = ['default', 'umbrella'].flatMap((tenant) =>
  Array.from({ length: 380 }, (_, i) =>
    testRow({
      tenant,
      time: BASE + BigInt(i) * SECOND,
      seq: BigInt(i),
      gateway: tenant,
      app: pick(['shop', "o'app", 'app%', 'App'], i),
      service: pick(['cart', 'check_out', 'check-out', ''], i >> 1),
      namespace: pick(['prod', 'dev', ''], i),
      pod: pick(['cart-1', 'cart-2', 'back\\slash'], i >> 2),
      container: pick(['main', 'sidecar'], i),
      severity: pick([0, 1, 5, 9, 10, 13, 17, 21, 24], i),
      traceId: pick(TRACES, i),
      body: pick(BODIES, i),
    }),
  ),
)

let engine: TestEngine
let api: TestApi
beforeAll(async () => {
  engine = await startTestEngine()
  await migrate(engine.engine.writer)
  await insertRows(engine.engine.writer, ROWS)
  const config = { tenancy: { ...defaultConfig().tenancy, mode: 'multi' as const } }
  api = await startTestApi({ reader: engine.engine.reader, config })
})
afterAll(async () => {
  await api?.stop()
  await engine?.stop()
})

type Filter = Partial<
  Record<'service' | 'app' | 'namespace' | 'pod' | 'container' | 'severity' | 'traceId' | 'text', string>
>
type Found = { readonly gatewayId: string; readonly seq: string }

async function find(filter: Filter, tenant = 'default'): Promise<string[]> {
  const query = new URLSearchParams({
    ...filter,
    start: String(BASE),
    end: String(BASE + 1000n * SECOND),
    direction: 'forward',
    limit: '1000',
  })
  const answer = await api.get(`/api/v1/logs?${query}`, { 'x-scope-orgid': tenant })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json.records.map(({ gatewayId, seq }: Found) => `${gatewayId}/${seq}`)
}

const LOWEST: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
  '10': 10,
  warn2: 14,
}

/** Case-insensitive by code point; ASCII texts fold ASCII letters only, as documented. */
function contains(body: string, text: string): boolean {
  const isAscii = [...text].every((character) => character < '\u0080')
  if (isAscii) {
    const lower = (value: string) => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    return lower(body).includes(lower(text))
  }
  return body.toLowerCase().includes(text.toLowerCase())
}

function expected(filter: Filter, tenant = 'default'): string[] {
  return ROWS.filter(
    (row) =>
      row.tenant === tenant &&
      (filter.service === undefined || row.service === filter.service) &&
      (filter.app === undefined || row.app === filter.app) &&
      (filter.namespace === undefined || row.namespace === filter.namespace) &&
      (filter.pod === undefined || row.pod === filter.pod) &&
      (filter.container === undefined || row.container === filter.container) &&
      (filter.severity === undefined || row.severity >= LOWEST[filter.severity]!) &&
      (filter.traceId === undefined || row.traceId === filter.traceId.toLowerCase()) &&
      (filter.text === undefined || contains(row.body, filter.text)),
  ).map(({ gateway, seq }) => `${gateway}/${seq}`)
}

describe('filters', () => {
  it.each<Filter>([
    {},
    ...[
      '%',
      '_',
      '\\',
      '100%',
      'a_b',
      '\\temp',
      '/temp',
      '"quoted"',
      "it's",
      '`',
      '\t',
      '\n',
      'CART',
      'cart?User',
    ].map((text) => ({ text })),
    ...['ÄRGER', 'größe', 'ПРИВЕТ', 'вет м', '🙂', '\u212A', 'kelvin', '{tenant:String}', '%%', '.*'].map(
      (text) => ({ text }),
    ),
    { traceId: 'AB'.repeat(16) },
    { traceId: '0'.repeat(32) },
    { pod: 'back\\slash' },
    { app: 'app%' },
    { app: "o'app" },
    { service: 'check_out' },
  ])('%o', async (filter) => expect(await find(filter)).toEqual(expected(filter)))

  it('any of them together find what a plain filter finds', async () => {
    const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
    const part = fc
      .tuple(fc.constantFrom(...BODIES.filter((body) => body !== '')), fc.nat(), fc.nat())
      .map(([body, from, length]) => {
        const characters = [...body]
        const start = from % characters.length
        return characters.slice(start, start + 1 + (length % 8)).join('')
      })
    const filter = fc.record({
      service: maybe(fc.constantFrom('cart', 'check_out', 'checkXout')),
      app: maybe(fc.constantFrom('shop', "o'app", 'app%', 'app')),
      namespace: maybe(fc.constantFrom('prod', 'dev')),
      pod: maybe(fc.constantFrom('cart-1', 'back\\slash')),
      container: maybe(fc.constantFrom('main', 'sidecar')),
      severity: maybe(fc.constantFrom(...Object.keys(LOWEST))),
      traceId: maybe(fc.constantFrom(...TRACES)),
      text: maybe(
        fc.oneof(
          part,
          part.map((text) => text.toUpperCase()),
          part.map((text) => text.toLowerCase()),
        ),
      ),
    })
    await fc.assert(
      fc.asyncProperty(filter, fc.constantFrom('default', 'umbrella'), async (made, tenant) => {
        const asked = Object.fromEntries(
          Object.entries(made).filter(([, value]) => value !== undefined),
        ) as Filter
        expect(await find(asked, tenant)).toEqual(expected(asked, tenant))
      }),
      { numRuns: 60 },
    )
  })
})

describe('tenants', () => {
  it('see their own rows, whole, and nobody without rows sees any', async () => {
    expect(await find({}, 'default')).toHaveLength(380)
    expect(await find({}, 'umbrella')).toEqual(expected({}, 'umbrella'))
    expect(await find({}, 'nobody')).toEqual([])
  })

  const attempts = [
    "x' OR TenantId = 'umbrella",
    "x') OR (TenantId = 'umbrella",
    "x\\' OR 1 = 1 -- ",
    'x} OR {tenant:String',
    "' UNION ALL SELECT * FROM weir.logs -- ",
    '"; DROP TABLE weir.logs; --',
    '\\',
    '\0',
    "%' OR '1' = '1",
  ]
  it.each(attempts)('no text reaches past the wall: %j', async (text) => {
    for (const name of ['service', 'app', 'namespace', 'pod', 'container'] as const)
      expect(await find({ [name]: text })).toEqual([])
    expect(await find({ text })).toEqual(expected({ text }))
    expect(await find({})).toHaveLength(380)
  })

  it('a cursor of one does not open the other', async () => {
    const range = `start=${BASE}&end=${BASE + 1000n * SECOND}&limit=1`
    const first = await api.get(`/api/v1/logs?${range}`, { 'x-scope-orgid': 'umbrella' })
    const taken = await api.get(`/api/v1/logs?${range}&cursor=${first.json.nextCursor}`, {
      'x-scope-orgid': 'default',
    })
    expect([taken.status, taken.json.error.code]).toEqual([400, 'invalid_cursor'])
  })
})
