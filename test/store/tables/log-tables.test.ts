import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { ledger } from '../../../src/store/tables/ledger.ts'
import { logs } from '../../../src/store/tables/logs.ts'
import { resources } from '../../../src/store/tables/resources.ts'
import type { ResolvedResource } from '../../../src/store/tables/rows.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { aRecord, aResource, logBatch, rowsOf } from '../native/log-batch.ts'
import { blockOf, insert } from '../native/native-table.ts'
import { FOREIGN_ZONE, partitionsAfterTtl, partitionsOf } from '../support/foreign-zone.ts'

const DAY_MS = 86_400_000
const today = Math.floor(Date.now() / DAY_MS)
const nsOf = (day: number, ms: number) => BigInt(day * DAY_MS + ms) * 1_000_000n
const isoDay = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10)

let server: TestEngine
let database: Database
beforeAll(async () => {
  server = await startTestEngine({ timezone: FOREIGN_ZONE })
  database = server.engine.writer
  await migrate(database)
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await database.command('TRUNCATE TABLE logs')
  await database.command('TRUNCATE TABLE resources')
})

async function insertLogs(
  times: ReadonlyArray<bigint>,
  resource: ResolvedResource = aResource,
  token?: string,
) {
  const rows = rowsOf(logBatch(times.map((time) => ({ ...aRecord, time }))), [resource])
  await insert(database, logs, [blockOf(logs, rows)], token === undefined ? {} : { token })
}

async function insertResources(
  days: ReadonlyArray<number>,
  resource: ResolvedResource = aResource,
  ttlDays = 30,
) {
  for (const day of days) {
    const block = blockOf(resources, { count: 1, entries: [{ resource, day }], ttlDays })
    await insert(database, resources, [block])
  }
}

const partitions = (table: string) => partitionsOf(database, table)

describe('partitions', () => {
  test('are UTC days, whatever zone the server is in', async () => {
    expect(await database.rows('SELECT timezone() AS zone')).toEqual([{ zone: FOREIGN_ZONE }])
    // Half an hour before and after midnight UTC: one afternoon in Los Angeles.
    await insertLogs([nsOf(today - 1, DAY_MS - 1_800_000)])
    await insertLogs([nsOf(today, 1_800_000)])
    const days = [isoDay(today - 1), isoDay(today)]
    expect(await partitions('logs')).toEqual(days.map((day) => `('${day}',30)`))
    await insertResources([today - 1, today])
    expect(await partitions('resources')).toEqual(days.map((day) => `('${day}',30)`))
  })
})

describe('the same insert twice under one token', () => {
  test('stores its rows once', async () => {
    await insertLogs([nsOf(today, 0)], aResource, 'token-1')
    await insertLogs([nsOf(today, 0)], aResource, 'token-1')
    await insertLogs([nsOf(today, 0)], aResource, 'token-2')
    expect(await database.rows('SELECT count() AS n FROM logs')).toEqual([{ n: '2' }])
  })
})

describe('TTL', () => {
  test('a part whose rows are all past their time goes; one with a younger row, or a longer class, stays', async () => {
    const week = { ...aResource, retentionDays: 7 }
    await database.command('SYSTEM STOP TTL MERGES logs')
    await insertLogs([nsOf(today - 9, 0), nsOf(today - 9, 1000)], week)
    await insertLogs([nsOf(today - 9, 0)])
    await insertLogs([nsOf(today - 7, 0), nsOf(today - 7, DAY_MS - 1)], week)
    await insertLogs([nsOf(today, 0)], week)
    const partition = (day: number, days: number) => `('${isoDay(day)}',${days})`
    const kept = [partition(today - 9, 30), partition(today - 7, 7), partition(today, 7)]
    expect(await partitions('logs')).toEqual([partition(today - 9, 7), ...kept].sort())
    await database.command('SYSTEM START TTL MERGES logs')
    const left = await partitionsAfterTtl(database, 'logs', 3)
    expect(left).toEqual(kept.sort())
    expect(await database.rows('SELECT count() AS n FROM logs')).toEqual([{ n: '4' }])
  })

  test('a resource outlives the last row of its day', async () => {
    await database.command('SYSTEM STOP TTL MERGES resources')
    // The last rows of the day before yesterday's 30th day ended at the midnight that began today.
    await insertResources([today - 31, today - 30])
    await database.command('SYSTEM START TTL MERGES resources')
    const left = await partitionsAfterTtl(database, 'resources', 1)
    expect(left).toEqual([`('${isoDay(today - 30)}',30)`])
  })
})

describe('resources and ledger', () => {
  test('a resource reads back as it was, and twice is once', async () => {
    const resource = {
      ...aResource,
      attributeKeys: ['a', 'k8s.pod.name', 'n'],
      attributeValues: ['', 'checkout-7d9f', '9007199254740993'],
      attributeTypes: '-si',
    }
    await insertResources([today, today], resource)
    expect(await database.rows('SELECT * FROM resources FINAL')).toEqual([
      {
        TenantId: 'default',
        ResourceFingerprint: String((0xf1234567n << 32n) | 0x89abcdefn),
        Day: isoDay(today),
        RetentionDays: 30,
        ServiceName: 'checkout',
        AppId: 'shop',
        Environment: 'prod',
        Cluster: 'eu-1',
        Namespace: 'shop',
        Pod: 'checkout-7d9f',
        Container: 'main',
        SchemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
        Attributes: { a: '', 'k8s.pod.name': 'checkout-7d9f', n: '9007199254740993' },
        AttributeTypes: '-si',
        DroppedAttributesCount: 3,
      },
    ])
  })

  test('a ledger entry reads back as it was', async () => {
    const entry = {
      ...({ tenantId: 'a', signal: 'logs', kind: 'dropped', reason: 'filter/noisy' } as const),
      ...{ rule: 'logs.log_record[0]', ruleId: '0a1b2c3d' },
    }
    const entries = [
      { ...entry, records: 3, bytes: 2 ** 53 - 1 },
      { ...entry, records: 2 ** 32 + 5, bytes: 0 },
    ]
    const timeMs = Date.now()
    const rows = { entries, count: 2, gatewayId: 'gw-1', seqLow: 7, seqHigh: 0, timeMs }
    await insert(database, ledger, [blockOf(ledger, rows)])
    const read = await database.rows(
      'SELECT * EXCEPT Time, toUnixTimestamp64Milli(Time) AS ms FROM ledger ORDER BY Seq',
    )
    const common = {
      TenantId: 'a',
      GatewayId: 'gw-1',
      Signal: 'logs',
      Kind: 'dropped',
      Reason: 'filter/noisy',
      Rule: 'logs.log_record[0]',
      RuleId: '0a1b2c3d',
    }
    expect(read).toEqual([
      { ...common, Seq: '7', Records: '3', Bytes: '9007199254740991', ms: String(timeMs) },
      { ...common, Seq: '8', Records: '4294967301', Bytes: '0', ms: String(timeMs) },
    ])
  })

  test('a block of the spool that was written before the ledger knew rules is taken, beside a new one', async () => {
    const before = { ...ledger, columns: ledger.columns.filter(({ since }) => since === undefined) }
    const entry = {
      ...({ tenantId: 'old', signal: 'logs', kind: 'stored', reason: '' } as const),
      ...{ rule: '', ruleId: '', records: 1, bytes: 2 },
    }
    const rows = { entries: [entry], count: 1, gatewayId: 'gw-1', seqLow: 9, seqHigh: 0, timeMs: Date.now() }
    await insert(database, ledger, [blockOf(before, rows), blockOf(ledger, { ...rows, seqLow: 10 })])
    expect(
      await database.rows(
        "SELECT Seq, Records, Rule, RuleId FROM ledger WHERE TenantId = 'old' ORDER BY Seq",
      ),
    ).toEqual(['9', '10'].map((Seq) => ({ Seq, Records: '1', Rule: '', RuleId: '' })))
  })
})
