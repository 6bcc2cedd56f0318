import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../../src/config/schema.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { startTestApi, type TestApi } from '../support.ts'

/** Guarantees: rows and bytes of whoever sent them are those of the records, counted here; nobody sees another tenant's. */

type Sent = { readonly service: string; readonly pod: string; readonly body: string; readonly id: string }
const RECORDS = Array.from(
  { length: 60 },
  (_, i): Sent => ({
    service: ['web', 'db', 'ö'][i % 3]!,
    pod: `p${i % 5}`,
    body: 'ä'.repeat(i),
    id: `id-${i % 7}`,
  }),
)
const bytes = (text: string): number => Buffer.byteLength(text)
const bytesOf = ({ body, id }: Sent): number => bytes(body) + bytes('request.id') + bytes(id)
const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((all, one) => all + one, 0)

let engine: TestEngine
let api: TestApi
beforeAll(async () => {
  engine = await startTestEngine()
  const { writer, reader } = engine.engine
  await migrate(writer)
  const row = ({ service, pod, body, id }: Sent, tenant: string, when: string): string =>
    `('${tenant}', '${service}', '${pod}', '${body}', map('request.id', '${id}'), ${when}, 30)`
  const values = [
    ...RECORDS.map((record) => row(record, 'acme', 'now64(9) - toIntervalMinute(5)')),
    row(RECORDS[59]!, 'acme', 'now64(9) - toIntervalHour(2)'),
    row({ ...RECORDS[0]!, service: 'secret' }, 'globex', 'now64(9)'),
  ]
  await writer.command(
    `INSERT INTO ${writer.name}.logs (TenantId, ServiceName, Pod, Body, LogAttributes, Timestamp, RetentionDays) VALUES ${values.join(', ')}`,
  )
  api = await startTestApi({
    reader,
    config: { tenancy: { ...defaultConfig().tenancy, mode: 'multi' } },
  })
}, 60_000)
afterAll(async () => {
  await api?.stop()
  await engine?.stop()
})

async function ask(query: string, tenant = 'acme') {
  const answer = await api.get(`/api/v1/cardinality/logs${query}`, { 'x-scope-orgid': tenant })
  if (answer.status !== 200) throw new Error(answer.json.error.message)
  return JSON.parse(answer.text)
}

function expected(by: 'service' | 'pod') {
  const values = [...new Set(RECORDS.map((record) => record[by]))]
  return values
    .map((value) => {
      const own = RECORDS.filter((record) => record[by] === value)
      return { value, rows: own.length, bytes: sum(own.map(bytesOf)) }
    })
    .toSorted((a, b) => b.bytes - a.bytes)
}

describe('GET /api/v1/cardinality/logs', () => {
  it.each(['service', 'pod'] as const)('by %s, of the last hour', async (by) => {
    const { rows, bytes, top, by: told } = await ask(`?by=${by}`)
    expect({ rows, bytes, told }).toEqual({ rows: 60, bytes: sum(RECORDS.map(bytesOf)), told: by })
    expect(top).toEqual(expected(by))
  })

  it('by attribute', async () => {
    const { top } = await ask('?by=attribute')
    const own = sum(RECORDS.map(({ id }) => bytes('request.id') + bytes(id)))
    expect(top).toEqual([{ value: 'request.id', rows: 60, bytes: own, values: 7 }])
  })

  it('of another range, of another tenant, of nobody', async () => {
    const start = new Date(Date.now() - 3 * 3_600_000).toISOString()
    expect((await ask(`?start=${start}`)).rows).toBe(61)
    expect((await ask('?limit=1')).top).toHaveLength(1)
    expect((await ask('', 'globex')).top.map(({ value }: { value: string }) => value)).toEqual(['secret'])
    expect(await ask('', 'nobody')).toMatchObject({ rows: 0, bytes: 0, top: [] })
  })

  it('refuses what it does not know', async () => {
    await expect(ask('?by=size')).rejects.toThrow(
      'by="size" is none of service, app, namespace, pod, container, attribute.',
    )
  })
})
