import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { BlockBuilder } from '../../../src/store/native/block-builder.ts'
import { logs } from '../../../src/store/tables/logs.ts'
import type { ResolvedResource, SignalRows } from '../../../src/store/tables/rows.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import {
  type Attribute,
  aRecord,
  aResource,
  type LogRecord,
  logBatch,
  rowsOf,
  type Scope,
  type Value,
} from './log-batch.ts'
import { blockOf, insert } from './native-table.ts'

// The generator knows what it put in; ClickHouse says, in its own JSON, what it took out.
const DAY_NS = 86_400_000_000_000n
const text = fc.oneof(
  fc.constant(''),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('a', 'b', 'INFO'),
)
const anyInt64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.record({
    kind: fc.constant('string' as const),
    text: fc.oneof(text, fc.string({ minLength: 100, maxLength: 300 })),
  }),
  fc.record({ kind: fc.constant('bool' as const), value: fc.boolean() }),
  fc.record({ kind: fc.constant('int' as const), value: anyInt64 }),
  fc.record({ kind: fc.constant('double' as const), value: fc.double() }),
  fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 200 }) }),
  fc.constant({ kind: 'empty' as const }),
)
const attributes: fc.Arbitrary<Attribute[]> = fc.array(fc.record({ key: text, value }), { maxLength: 6 })
const hexId = (bytes: number) =>
  fc.oneof(
    fc.constant(''),
    fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString('hex')),
  )

const SCOPES = 3
const RESOURCES = 3
/** A time of today, so that no row falls to its TTL. */
const today = BigInt(Math.floor(Date.now() / 86_400_000)) * DAY_NS
const record: fc.Arbitrary<LogRecord> = fc.record({
  time: fc.bigInt(today, today + DAY_NS - 1n),
  observedTime: fc.bigInt(1n, 2n ** 62n),
  sourceTime: fc.bigInt(1n, 2n ** 62n),
  severityNumber: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  severityText: text,
  body: value,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
  traceId: hexId(16),
  spanId: hexId(8),
  eventName: text,
  resource: fc.nat(RESOURCES - 1),
  scope: fc.nat(SCOPES - 1),
})
const scope: fc.Arbitrary<Scope> = fc.record({
  name: text,
  version: text,
  schemaUrl: text,
  droppedAttributesCount: uint32,
  attributes,
})
const resource: fc.Arbitrary<ResolvedResource> = fc
  .record({
    tenantId: text,
    fingerprintLow: uint32,
    fingerprintHigh: uint32,
    serviceName: text,
    appId: text,
    namespace: text,
    pod: text,
    container: text,
    retentionDays: fc.constantFrom(3, 30, 365),
  })
  .map((fields) => ({ ...aResource, ...fields }))

type Request = {
  readonly records: LogRecord[]
  readonly scopes: Scope[]
  readonly resources: ResolvedResource[]
  /** Which records are kept. */
  readonly kept: boolean[]
}
const request: fc.Arbitrary<Request> = fc.record({
  records: fc.array(record, { maxLength: 12 }),
  scopes: fc.array(scope, { minLength: SCOPES, maxLength: SCOPES }),
  resources: fc.array(resource, { minLength: RESOURCES, maxLength: RESOURCES }),
  kept: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
})

const LETTERS = { string: 's', bool: 'b', int: 'i', double: 'd', bytes: 'B', empty: '-' } as const

function textOf(of: Value): string {
  switch (of.kind) {
    case 'empty':
      return ''
    case 'string':
      return of.text
    case 'bytes':
      return Buffer.from(of.value).toString('base64')
    case 'double':
      return Object.is(of.value, -0) ? '-0' : String(of.value)
    default:
      return String(of.value)
  }
}

function expectedRow({ scopes, resources }: Request, of: LogRecord, seq: bigint): Record<string, unknown> {
  const scopeOf = scopes[of.scope]!
  const resourceOf = resources[of.resource]!
  const map = (list: ReadonlyArray<Attribute>) => list.map((one) => [one.key, textOf(one.value)])
  const types = (list: ReadonlyArray<Attribute>) => list.map((one) => LETTERS[one.value.kind]).join('')
  return {
    TenantId: resourceOf.tenantId,
    AppId: resourceOf.appId,
    ServiceName: resourceOf.serviceName,
    Timestamp: String(of.time),
    ObservedTimestamp: String(of.observedTime),
    SourceTime: String(of.sourceTime),
    ResourceFingerprint: String(
      (BigInt(resourceOf.fingerprintHigh) << 32n) | BigInt(resourceOf.fingerprintLow),
    ),
    GatewayId: 'gw-1',
    Seq: String(seq),
    RetentionDays: resourceOf.retentionDays,
    Namespace: resourceOf.namespace,
    Pod: resourceOf.pod,
    Container: resourceOf.container,
    TraceId: of.traceId === '' ? '0'.repeat(32) : of.traceId,
    SpanId: of.spanId === '' ? '0'.repeat(16) : of.spanId,
    TraceFlags: of.flags,
    SeverityText: of.severityText,
    SeverityNumber: of.severityNumber,
    Body: textOf(of.body),
    BodyType: LETTERS[of.body.kind],
    EventName: of.eventName,
    ScopeName: scopeOf.name,
    ScopeVersion: scopeOf.version,
    ScopeSchemaUrl: scopeOf.schemaUrl,
    ScopeAttributes: map(scopeOf.attributes),
    ScopeAttributeTypes: types(scopeOf.attributes),
    ScopeDroppedAttributesCount: scopeOf.droppedAttributesCount,
    LogAttributes: map(of.attributes),
    LogAttributeTypes: types(of.attributes),
    DroppedAttributesCount: of.droppedAttributesCount,
  }
}

/** Columns whose JSON loses something are asked for in a form that keeps it: nanoseconds, bytes, repeated keys. */
const SELECTED = logs.columns.map(({ name, type }) => {
  if (type.startsWith('DateTime64')) return `toUnixTimestamp64Nano(l.${name}) AS ${name}`
  if (type.startsWith('FixedString')) return `lower(hex(l.${name})) AS ${name}`
  if (type.startsWith('Map')) return `arrayZip(mapKeys(l.${name}), mapValues(l.${name})) AS ${name}`
  return `l.${name} AS ${name}`
})

describe('log rows as ClickHouse reads them', () => {
  let server: TestEngine
  beforeAll(async () => {
    server = await startTestEngine()
    await migrate(server.engine.writer)
  })
  afterAll(() => server?.stop())

  test('every field of random requests arrives, in one block or several', async () => {
    const database = server.engine.writer
    const builder = new BlockBuilder(logs)
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (requests, oneBlock) => {
          await database.command('TRUNCATE TABLE logs')
          const blocks: Buffer[] = []
          const expected: unknown[] = []
          let seq = 0xffff_fff0n
          for (const each of requests) {
            const batch = logBatch(each.records, each.scopes, RESOURCES)
            const index = Uint32Array.from(each.records.keys()).filter((i) => each.kept[i])
            const rows: SignalRows = { ...rowsOf(batch, each.resources, seq), index, count: index.length }
            builder.append(rows)
            // Dead after the call: whoever kept a reference into the batch writes rubbish.
            batch.bytes.fill(0x7e)
            for (const i of index) expected.push(expectedRow(each, each.records[i]!, seq++))
            if (!oneBlock) blocks.push(flush(builder))
          }
          if (oneBlock) blocks.push(flush(builder))
          if (expected.length > 0) await insert(database, logs, blocks)
          const read = await database.rows(`SELECT ${SELECTED.join(', ')} FROM logs AS l ORDER BY l.Seq`)
          expect(read).toEqual(expected)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('as many attributes as a record may have, and few after them', async () => {
    const database = server.engine.writer
    await database.command('TRUNCATE TABLE logs')
    const kinds: Value[] = [
      { kind: 'string', text: 'x' },
      { kind: 'int', value: -1n },
      { kind: 'bool', value: true },
    ]
    const records = [1, 65_535, 64, 65, 3, 5000].map((count) => ({
      ...aRecord,
      time: today,
      attributes: Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: kinds[i % 3]! })),
    }))
    await insert(database, logs, [blockOf(logs, rowsOf(logBatch(records)))])
    const read = await database.rows<{ keys: string[]; types: string }>(
      'SELECT mapKeys(LogAttributes) AS keys, LogAttributeTypes AS types FROM logs ORDER BY Seq',
    )
    expect(read).toEqual(
      records.map(({ attributes }) => ({
        keys: attributes.map(({ key }) => key),
        types: attributes.map(({ value }) => LETTERS[value.kind]).join(''),
      })),
    )
  })

  test('a column that the table lacks is refused, not dropped in silence', async () => {
    const table = { ...logs, columns: [...logs.columns, { ...logs.columns[0]!, name: 'Colour' }] }
    const block = blockOf(table, rowsOf(logBatch([aRecord])))
    const columns = logs.columns.map(({ name }) => name)
    await expect(insert(server.engine.writer, logs, [block], { columns })).rejects.toMatchObject({
      failure: 'refused',
    })
  })

  test('a block cut short is refused as a whole', async () => {
    const database = server.engine.writer
    await database.command('TRUNCATE TABLE logs')
    const block = blockOf(logs, rowsOf(logBatch([{ ...aRecord, time: today }])))
    await expect(insert(database, logs, [block, block.subarray(0, -1)])).rejects.toMatchObject({
      failure: 'refused',
    })
    expect(await database.rows('SELECT count() AS n FROM logs')).toEqual([{ n: '0' }])
  })
})

function flush(builder: BlockBuilder<SignalRows>): Buffer {
  const { bytes } = builder
  const block = Buffer.concat(builder.finish())
  expect(block.length).toBe(bytes)
  builder.reset()
  return block
}
