import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { slowed, untilRunning, withStream } from '../slowed-reader.ts'
import { startTestApi, type TestApi } from '../support.ts'
import { emptyLogs, insertRows, testRow } from './store.ts'

let engine: TestEngine
let writer: Database
let api: TestApi
beforeAll(async () => {
  engine = await startTestEngine()
  writer = engine.engine.writer
  await migrate(writer)
  api = await startTestApi({ reader: engine.engine.reader })
})
afterAll(async () => {
  await api?.stop()
  await engine?.stop()
})

const DAY_SECONDS = 86_400
/** Noon of yesterday, so that the row and its resource's Day are plain to write down. */
const SECONDS = Math.floor(Date.now() / 1000 / DAY_SECONDS) * DAY_SECONDS - DAY_SECONDS / 2
const DATE = new Date(SECONDS * 1000).toISOString().slice(0, 10)
const RANGE = `start=${SECONDS}000000000&end=${SECONDS + 3600}000000000`

describe('a record', () => {
  it('has every field, with every digit and every type', async () => {
    await emptyLogs(writer)
    await writer.command(`INSERT INTO weir.resources (TenantId, ResourceFingerprint, Day, RetentionDays, ServiceName, SchemaUrl, Attributes, AttributeTypes, DroppedAttributesCount) VALUES
      ('default', 18446744073709551615, '${DATE}', 365, 'cart', 'https://schema/r', {'service.name': 'cart', 'process.pid': '42'}, 'si', 2),
      ('default', 18446744073709551615, toDate('${DATE}') + 1, 365, 'cart', 'https://schema/r', {'service.name': 'cart', 'process.pid': '42'}, 'si', 2),
      ('umbrella', 18446744073709551615, '${DATE}', 365, 'cart', '', {'service.name': 'stolen'}, 's', 0)`)
    await writer.command(`INSERT INTO weir.logs (TenantId, AppId, ServiceName, Timestamp, ObservedTimestamp, SourceTime, ResourceFingerprint, GatewayId, Seq, RetentionDays, Namespace, Pod, Container, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, Body, BodyType, EventName, ScopeName, ScopeVersion, ScopeSchemaUrl, ScopeAttributes, ScopeAttributeTypes, ScopeDroppedAttributesCount, LogAttributes, LogAttributeTypes, DroppedAttributesCount) VALUES
      ('default', 'app-1', 'cart', '${DATE} 12:00:01.123456789', '${DATE} 12:00:01.9', '${DATE} 12:00:01.000000001', 18446744073709551615, 'gw', 18446744073709551615, 365, 'prod', 'cart-1', 'main',
       unhex('000102030405060708090a0b0c0d0eff'), unhex('00f1f2f3f4f5f6f7'), 4294967295, 'WARN', 13, '{"n":9223372036854775807}', 'k', 'order.placed', 'lib', '1.0', 'https://schema/s', {'lib.debug': 'true'}, 'b', 3,
       {'int.max': '9223372036854775807', 'int.min': '-9223372036854775808', 'int.safe': '9007199254740991', 'int.unsafe': '9007199254740992', 'double': '0.1', 'double.whole': '5', 'double.nan': 'NaN', 'double.inf': '-Infinity', 'double.zero': '-0', 'yes': 'true', 'no': 'false', 'bytes': '3q2+7w==', 'array': '[1,9007199254740993]', 'kvlist': '{"a":null}', 'empty': '', '__proto__': 'a key', 'digits': '007'}, 'iiiiddddd' || 'bbBak-ss', 7)`)
    const { json } = await api.get(`/api/v1/logs?${RANGE}`)
    const [record] = json.records
    expect(Object.getOwnPropertyDescriptor(record.attributes, '__proto__')?.value).toBe('a key')
    expect(JSON.parse(JSON.stringify(record).replaceAll('__proto__', 'proto'))).toEqual({
      timestamp: `${DATE}T12:00:01.123456789Z`,
      timestampNs: `${SECONDS + 1}123456789`,
      observedTimestamp: `${DATE}T12:00:01.900000000Z`,
      sourceTime: `${DATE}T12:00:01.000000001Z`,
      severityNumber: 13,
      severityText: 'WARN',
      body: '{"n":9223372036854775807}',
      bodyType: 'kvlist',
      service: 'cart',
      app: 'app-1',
      namespace: 'prod',
      pod: 'cart-1',
      container: 'main',
      eventName: 'order.placed',
      traceId: '000102030405060708090a0b0c0d0eff',
      spanId: '00f1f2f3f4f5f6f7',
      flags: 4294967295,
      attributes: {
        'int.max': '9223372036854775807',
        'int.min': '-9223372036854775808',
        'int.safe': 9007199254740991,
        'int.unsafe': '9007199254740992',
        double: 0.1,
        'double.whole': 5,
        'double.nan': 'NaN',
        'double.inf': '-Infinity',
        'double.zero': '-0',
        yes: true,
        no: false,
        bytes: '3q2+7w==',
        array: '[1,9007199254740993]',
        kvlist: '{"a":null}',
        empty: null,
        proto: 'a key',
        digits: '007',
      },
      attributeTypes: {
        'int.max': 'int',
        'int.min': 'int',
        'int.safe': 'int',
        'int.unsafe': 'int',
        double: 'double',
        'double.whole': 'double',
        'double.nan': 'double',
        'double.inf': 'double',
        'double.zero': 'double',
        yes: 'bool',
        no: 'bool',
        bytes: 'bytes',
        array: 'array',
        kvlist: 'kvlist',
        empty: 'empty',
      },
      droppedAttributesCount: 7,
      scope: {
        name: 'lib',
        version: '1.0',
        attributes: { 'lib.debug': true },
        attributeTypes: { 'lib.debug': 'bool' },
        schemaUrl: 'https://schema/s',
        droppedAttributesCount: 3,
      },
      retentionDays: 365,
      gatewayId: 'gw',
      seq: '18446744073709551615',
      resource: {
        attributes: { 'service.name': 'cart', 'process.pid': 42 },
        attributeTypes: { 'process.pid': 'int' },
        schemaUrl: 'https://schema/r',
        droppedAttributesCount: 2,
      },
    })
  })

  it('leaves out what is empty, and survives without its resource', async () => {
    await emptyLogs(writer)
    await writer.command(`INSERT INTO weir.logs (TenantId, AppId, Timestamp, SourceTime, ResourceFingerprint, GatewayId, Seq, RetentionDays, Body, BodyType)
      VALUES ('default', 'a', '${DATE} 12:00:01', '${DATE} 12:00:01', 1, 'gw', 1, 365, 'plain', 's')`)
    const { json } = await api.get(`/api/v1/logs?${RANGE}`)
    expect(json).toEqual({
      records: [
        {
          timestamp: `${DATE}T12:00:01.000000000Z`,
          timestampNs: `${SECONDS + 1}000000000`,
          sourceTime: `${DATE}T12:00:01.000000000Z`,
          severityNumber: 0,
          severityText: '',
          body: 'plain',
          service: '',
          app: 'a',
          attributes: {},
          retentionDays: 365,
          gatewayId: 'gw',
          seq: '1',
          resource: { attributes: {} },
        },
      ],
      nextCursor: null,
    })
  })
})

describe('answers', () => {
  it('are one record a line as NDJSON, the cursor last', async () => {
    await emptyLogs(writer)
    const time = BigInt(SECONDS) * 1_000_000_000n
    await insertRows(
      writer,
      Array.from({ length: 5 }, (_, i) => testRow({ time, seq: BigInt(i), body: `line\n${i}` })),
    )
    for (const accept of ['application/x-ndjson', 'application/json;q=0.5, Application/X-NDJSON; q=1']) {
      const answer = await api.get(`/api/v1/logs?${RANGE}&limit=3&direction=forward`, { accept })
      expect(answer.headers['content-type']).toBe('application/x-ndjson')
      const lines = answer.text.split('\n')
      expect(lines.pop()).toBe('')
      expect(lines.map((line) => JSON.parse(line).body)).toEqual(['line\n0', 'line\n1', 'line\n2', undefined])
      expect(JSON.parse(lines.at(-1)!)).toEqual({ nextCursor: expect.any(String) })
    }
    const empty = await api.get('/api/v1/logs?start=0&end=1000000000000000000', {
      accept: 'application/x-ndjson',
    })
    expect(empty.text).toBe('{"nextCursor":null}\n')
    const json = await api.get('/api/v1/logs?start=0&end=1000000000000000000', { accept: '*/*' })
    expect(json.json).toEqual({ records: [], nextCursor: null })
  })

  it('say which limit was too low, and nothing of the database', async () => {
    await emptyLogs(writer)
    await insertRows(
      writer,
      Array.from({ length: 3_000 }, (_, i) =>
        testRow({ time: BigInt(SECONDS) * 1_000_000_000n, seq: BigInt(i) }),
      ),
    )
    const small = await startTestApi({ reader: engine.engine.reader, query: { rowsToReadMax: 1_000 } })
    try {
      for (const accept of ['application/json', 'application/x-ndjson']) {
        const answer = await small.get(`/api/v1/logs?${RANGE}`, { accept })
        expect([answer.status, answer.json.error.code]).toEqual([422, 'query_too_large'])
        expect(answer.text).not.toMatch(/SELECT|weir\.logs|DB::|Code:|127\.0\.0\.1/)
      }
    } finally {
      await small.stop()
    }
  })

  it('are an error without a word of the database when it is gone', async () => {
    const other = await startTestEngine()
    const orphan = await startTestApi({ reader: other.engine.reader })
    try {
      await other.stop()
      const answer = await orphan.get('/api/v1/logs')
      expect([answer.status, answer.json.error.code, answer.headers['retry-after']]).toEqual([
        503,
        'database_unavailable',
        '5',
      ])
      expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|SELECT/)
    } finally {
      await orphan.stop()
    }
  })
})

describe('a page of many slices', () => {
  // Parts of one block each, so that a query has 15 blocks, two seconds each.
  beforeAll(async () => {
    await emptyLogs(writer)
    await writer.command('SYSTEM STOP MERGES weir.logs')
    const time = BigInt(SECONDS) * 1_000_000_000n
    for (let part = 0; part < 15; part++)
      await insertRows(
        writer,
        Array.from({ length: 1_000 }, (_, i) => testRow({ time, seq: BigInt(part * 1_000 + i) })),
      )
  })

  it('a page that breaks off says so in its last line, in words of ours', async () => {
    let statements = 0
    const { reader } = engine.engine
    const breaking = withStream(reader, (sql, parameters, options) => {
      statements++
      return reader.stream(
        statements === 1 ? sql : sql.replace('SELECT', 'SELECT throwIf(1),'),
        parameters,
        options,
      )
    })
    const broken = await startTestApi({ reader: breaking })
    try {
      const answer = await broken.get(`/api/v1/logs?${RANGE}&limit=5000`, {
        accept: 'application/x-ndjson',
        'x-request-id': 'r-2',
      })
      expect(answer.status).toBe(200)
      const lines = answer.text.trimEnd().split('\n')
      expect(lines).toHaveLength(2_001)
      expect(JSON.parse(lines.at(-1)!)).toEqual({
        error: { code: 'database_unavailable', message: expect.any(String), requestId: 'r-2' },
      })
      expect(answer.text).not.toMatch(/throwIf|DB::|Code:/)
      statements = 0
      expect((await broken.get(`/api/v1/logs?${RANGE}&limit=5000`)).status).toBe(503)
    } finally {
      await broken.stop()
    }
  })

  it.each(['application/json', 'application/x-ndjson'])(
    'leaves no query running when its client leaves: %s',
    async (accept) => {
      const slow = await startTestApi({ reader: slowed(engine.engine.reader, 'logs') })
      try {
        const path = `/api/v1/logs?${RANGE}`
        const outgoing = httpRequest({ host: '127.0.0.1', port: slow.port, path, headers: { accept } })
        const failed = once(outgoing, 'error')
        outgoing.end()
        await untilRunning(writer, 1)
        outgoing.destroy()
        await failed
        await untilRunning(writer, 0)
      } finally {
        await slow.stop(0)
      }
    },
  )

  it('leaves no query running when it takes too long', async () => {
    const slow = await startTestApi({
      reader: slowed(engine.engine.reader, 'logs'),
      query: { timeoutMs: 200 },
    })
    try {
      const answer = await slow.get(`/api/v1/logs?${RANGE}`)
      expect([answer.status, answer.json.error.code]).toEqual([504, 'query_timeout'])
      await untilRunning(writer, 0)
    } finally {
      await slow.stop(0)
    }
  })
})
