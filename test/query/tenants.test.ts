import { request as httpRequest } from 'node:http'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { type Config, defaultConfig } from '../../src/config/schema.ts'
import { ApiError } from '../../src/query/errors.ts'
import { QuerySlots } from '../../src/query/http/query-slots.ts'
import { json } from '../../src/query/route.ts'
import type { Database, QueryOptions } from '../../src/store/database.ts'
import { echoSeveral, tenantRoute, tenantsRoute } from './probe-route.ts'
import { startTestApi, type TestApi, type TestApiOptions } from './support.ts'

let api: TestApi | undefined
const MULTI = { tenancy: { ...defaultConfig().tenancy, mode: 'multi' as const } }
async function start(options: TestApiOptions): Promise<TestApi> {
  api = await startTestApi({ config: MULTI, ...options })
  return api
}
afterEach(async () => {
  await api?.stop(0)
  api = undefined
})

const NO_TENANTS: Config['query']['tenants'] = {}
const limited = (tenants: object): Config['query']['tenants'] => tenants as Config['query']['tenants']

describe('slots', () => {
  const codeOf = (take: () => unknown): string => {
    try {
      take()
      return 'taken'
    } catch (error) {
      if (error instanceof ApiError) return error.code
      throw error
    }
  }

  it('a query of several tenants takes one of each, or of none', () => {
    const slots = new QuerySlots({ concurrentPerTenant: 1, concurrentMax: 10, tenants: NO_TENANTS })
    const giveA = slots.take(['a'])
    expect(codeOf(() => slots.take(['a', 'b']))).toBe('too_many_queries')
    expect(
      codeOf(() => slots.take(['b', 'c'])),
      'b was not taken by the one that was refused',
    ).toBe('taken')
    expect(slots.total).toBe(2)
    expect(codeOf(() => slots.take(['b']))).toBe('too_many_queries')
    expect(codeOf(() => slots.take(['c']))).toBe('too_many_queries')
    giveA()
    expect(codeOf(() => slots.take(['a']))).toBe('taken')
  })

  it('the total counts queries, not tenants', () => {
    const slots = new QuerySlots({ concurrentPerTenant: 10, concurrentMax: 2, tenants: NO_TENANTS })
    slots.take(['a', 'b', 'c'])
    slots.take(['a', 'b', 'c'])
    expect(codeOf(() => slots.take(['d']))).toBe('overloaded')
  })

  it('a tenant may have a number of its own', () => {
    const tenants = limited({ big: { concurrentMax: 2 }, none: {} })
    const slots = new QuerySlots({ concurrentPerTenant: 1, concurrentMax: 10, tenants })
    expect(
      ['big', 'big', 'big', 'none', 'none', 'constructor', 'constructor'].map((id) =>
        codeOf(() => slots.take([id])),
      ),
    ).toEqual([
      'taken',
      'taken',
      'too_many_queries',
      'taken',
      'too_many_queries',
      'taken',
      'too_many_queries',
    ])
  })

  it('whatever is taken and given back: never more than may be, and all free in the end', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 })
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, fc.nat(5))), (steps) => {
        const slots = new QuerySlots({ concurrentPerTenant: 2, concurrentMax: 3, tenants: NO_TENANTS })
        const running: Array<{ ids: ReadonlyArray<string>; give: () => void }> = []
        const isFull = (id: string): boolean => running.filter((query) => query.ids.includes(id)).length >= 2
        for (const [wanted, which] of steps) {
          const expected = wanted.some(isFull)
            ? 'too_many_queries'
            : running.length >= 3
              ? 'overloaded'
              : 'taken'
          let give = (): void => {}
          const code = codeOf(() => {
            give = slots.take(wanted)
          })
          expect(code).toBe(expected)
          if (code === 'taken') running.push({ ids: wanted, give })
          const ended = running.splice(which, 1)
          for (const { give } of [...ended, ...ended]) give()
          expect(slots.total).toBe(running.length)
        }
        for (const { give } of running) give()
        expect(slots.total).toBe(0)
        expect(codeOf(() => [slots.take(['a', 'b', 'c']), slots.take(['a', 'b', 'c'])])).toBe('taken')
      }),
    )
  })
})

describe('over HTTP', () => {
  it('a query of several holds a slot of each, until its client leaves', async () => {
    let entered: () => void = () => {}
    let left: () => void = () => {}
    const isIn = new Promise<void>((resolve) => {
      entered = resolve
    })
    const isOut = new Promise<void>((resolve) => {
      left = resolve
    })
    const routes = [
      tenantsRoute(async ({ signal, query }) => {
        if (query.has('quick')) return json({})
        entered()
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        setImmediate(left)
        throw signal.reason
      }),
    ]
    const { port, get } = await start({ routes, query: { concurrentPerTenant: 1 } })
    const quick = async (tenants: string) =>
      (await get('/several?quick', { 'x-scope-orgid': tenants })).status
    const outgoing = httpRequest({
      host: '127.0.0.1',
      port,
      path: '/several',
      headers: { 'x-scope-orgid': 'a|b' },
    })
    outgoing.on('error', () => {})
    outgoing.end()
    await isIn
    expect([await quick('a'), await quick('b'), await quick('c'), await quick('b|c')]).toEqual([
      429, 429, 200, 429,
    ])
    const refused = await get('/several', { 'x-scope-orgid': 'b|c' })
    expect(refused.headers['retry-after']).toBe('1')
    expect(refused.json.error.message).toBe(
      '1 queries of the tenant "b" are already running: wait for one to end.',
    )
    outgoing.destroy()
    await isOut
    expect([await quick('a'), await quick('b'), await quick('a|b')]).toEqual([200, 200, 200])
  })

  it('the limits are those of the tenant; of several the smallest of each', async () => {
    const tenants = limited({
      a: { rowsToReadMax: 5000, timeoutMs: 60_000 },
      b: { rowsToReadMax: 9000, memoryBytesMax: 2 ** 25 },
    })
    const { get } = await start({ routes: [echoSeveral], query: { tenants } })
    const limits = async (ids: string) =>
      JSON.parse((await get('/several', { 'x-scope-orgid': ids })).text).limits
    const { timeoutMs, rowsToReadMax, bytesToReadMax, memoryBytesMax, resultBytesMax } = defaultConfig().query
    const base = { timeoutMs, rowsToReadMax, bytesToReadMax, memoryBytesMax, resultBytesMax }
    expect(await limits('c')).toEqual(base)
    expect(await limits('constructor')).toEqual(base)
    expect(await limits('a')).toEqual({ ...base, rowsToReadMax: 5000, timeoutMs: 60_000 })
    expect(await limits('a|b')).toEqual({ ...base, rowsToReadMax: 5000, memoryBytesMax: 2 ** 25 })
    expect(await limits('b|c')).toEqual({ ...base, rowsToReadMax: 9000, memoryBytesMax: 2 ** 25 })
  })

  it.each([
    ['less time', { timeoutMs: 60_000, tenants: limited({ a: { timeoutMs: 50 } }) }],
    ['more time', { timeoutMs: 50, tenants: limited({ b: { timeoutMs: 60_000 } }) }],
  ])('a tenant may have %s than others', async (_name, query) => {
    let bEntered: () => void = () => {}
    let endB: () => void = () => {}
    const bIsIn = new Promise<void>((resolve) => {
      bEntered = resolve
    })
    const routes = [
      tenantRoute(async ({ tenantId, signal }) => {
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve())
          if (tenantId !== 'b') return
          endB = resolve
          bEntered()
        })
        signal.throwIfAborted()
        return json({})
      }),
    ]
    const { get } = await start({ routes, query })
    const ofB = get('/probe', { 'x-scope-orgid': 'b' })
    await bIsIn
    // Entered after b, so when its 50 ms are over, b has had more.
    expect((await get('/probe', { 'x-scope-orgid': 'a' })).status).toBe(504)
    endB()
    expect((await ofB).status).toBe(200)
  })

  it("the tenant's limits reach ClickHouse", async () => {
    const asked: QueryOptions[] = []
    const reader = {
      name: 'weir',
      async *stream(_sql: string, _parameters: unknown, options: QueryOptions) {
        asked.push(options)
        yield []
      },
      rows: async () => [],
    } as unknown as Database
    const tenants = limited({ a: { rowsToReadMax: 5000, timeoutMs: 2000, bytesToReadMax: 2 ** 21 } })
    const { get } = await start({ reader, query: { tenants } })
    for (const tenant of ['a', 'b'])
      expect((await get('/api/v1/logs', { 'x-scope-orgid': tenant })).status).toBe(200)
    const { query } = defaultConfig()
    const readMax = ({ settings }: QueryOptions) => [settings?.max_rows_to_read, settings?.max_bytes_to_read]
    const [ofA, ofB] = [asked[0]!, asked.at(-1)!]
    expect([...readMax(ofA), ofA.timeoutMs]).toEqual([5000, 2 ** 21, 3000])
    expect([...readMax(ofB), ofB.timeoutMs]).toEqual([
      query.rowsToReadMax,
      query.bytesToReadMax,
      query.timeoutMs + 1000,
    ])
  })
})
