import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Config, defaultConfig } from '../../../../src/config/schema.ts'
import { toApiError } from '../../../../src/query/errors.ts'
import type { LogExpr, MetricExpr } from '../../../../src/query/logql/ast.ts'
import { parse, parseSelector } from '../../../../src/query/logql/parse.ts'
import { createLokiExecutor } from '../../../../src/query/loki/execute/executor.ts'
import type { Entry, LogsQuery, LokiExecutor, QueryRun } from '../../../../src/query/loki/execute/types.ts'
import { HttpDatabase } from '../../../../src/store/client/http-database.ts'
import type { Database } from '../../../../src/store/database.ts'
import { migrate } from '../../../../src/store/migrations/migrate.ts'
import { logs } from '../../../../src/store/tables/logs.ts'
import { resources } from '../../../../src/store/tables/resources.ts'
import { startTestEngine, type TestEngine } from '../../../support/engine.ts'
import { store, type TestResource, testRecord, testRun } from './data.ts'

let engine: TestEngine
let writer: Database
beforeAll(async () => {
  engine = await startTestEngine()
  writer = engine.engine.writer
  await migrate(writer)
})
afterAll(() => engine?.stop())

const START = 1_700_000_000_000_000_000n
const SECOND = 1_000_000_000n
const HOUR = 3600n * SECOND

function executorOf(
  query: Partial<Config['query']> = {},
  reader: Database = engine.engine.reader,
): LokiExecutor {
  const limits = { ...defaultConfig().query, ...query }
  return createLokiExecutor({ reader, tables: { logs, resources }, limits, nowMs: Date.now })
}

const logQuery = (query: string, more: Partial<LogsQuery> = {}): LogsQuery => ({
  tenantIds: ['t'],
  expr: parse(query) as LogExpr,
  startNs: START,
  endNs: START + HOUR,
  direction: 'forward',
  limit: undefined,
  ...more,
})

async function read(executor: LokiExecutor, query: LogsQuery, run: QueryRun = testRun()): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const batch of executor.runLogs(query, run)) entries.push(...batch)
  return entries
}
const linesOf = (entries: ReadonlyArray<Entry>): string[] => entries.map(({ line }) => line)

/** Statements of this request that ClickHouse still runs. */
async function running(requestId: string): Promise<number> {
  const [row] = await writer.rows<{ queries: string }>(
    "SELECT count() AS queries FROM system.processes WHERE query_id LIKE concat('api-', {id:String}, '-%')",
    { id: requestId },
  )
  return Number(row!.queries)
}

/** Resolves once none runs; a test that waits for ever fails by its timeout. */
async function untilGone(requestId: string): Promise<void> {
  while ((await running(requestId)) > 0) await delay(20)
}

const resource = (
  fingerprint: bigint,
  attributes: Readonly<Record<string, string>>,
  tenant = 't',
): TestResource => ({ tenant, fingerprint, attributes: Object.entries(attributes) })

const SHOP = resource(1n, {
  'service.name': 'shop',
  'k8s.namespace.name': 'prod',
  'k8s.pod.name': 'shop-0',
  'k8s.container.name': 'main',
  'k8s.node.name': 'node-1',
  'k8s.cluster.name': 'eu',
  'host.arch': 'arm64',
})
const JOB = resource(2n, { 'k8s.job.name': 'nightly', 'container.name': 'runner' })
const BARE = resource(3n, { 'host.name': 'h' })
const OTHERS = resource(1n, { 'service.name': 'shop', 'k8s.namespace.name': 'secret' }, 'u')

describe('labels', () => {
  beforeAll(() =>
    store(
      writer,
      [SHOP, JOB, BARE, OTHERS].map((of, i) =>
        testRecord({ resource: of, time: START + BigInt(i), body: `${of.tenant} ${of.fingerprint}` }),
      ),
    ),
  )

  it.each([
    ['{service_name="shop"}', ['t 1']],
    ['{service_name="runner"}', ['t 2']],
    ['{service_name="unknown_service"}', ['t 3']],
    ['{k8s_namespace_name=~"prod|secret"}', ['t 1']],
    ['{namespace="prod"}', ['t 1']],
    ['{pod=~"shop-.*", container="main", node="node-1", cluster="eu"}', ['t 1']],
    ['{container="runner"}', ['t 2']],
    ['{app="shop"}', ['t 1']],
    ['{node!="node-1", service_name=~".+"}', ['t 2', 't 3']],
    ['{k8s_node_name="node-1"}', []],
    ['{host_name="h"}', []],
  ])('%s', async (query, lines) => {
    expect(linesOf(await read(executorOf(), logQuery(query)))).toEqual(lines)
  })

  it('keep the attributes that are no stream labels as metadata', async () => {
    const [entry] = await read(executorOf(), logQuery('{service_name="shop"}'))
    expect(Object.fromEntries(entry!.stream)).toEqual({
      service_name: 'shop',
      k8s_namespace_name: 'prod',
      k8s_pod_name: 'shop-0',
      k8s_container_name: 'main',
      k8s_cluster_name: 'eu',
    })
    expect(Object.fromEntries(entry!.metadata)).toEqual({
      k8s_node_name: 'node-1',
      host_arch: 'arm64',
      detected_level: 'unknown',
    })
  })

  it('are all of the resource, and nothing else, where the configuration says so', async () => {
    const bare = executorOf({ streamLabels: 'all', labelAliases: false, derivedLabels: false })
    const [entry] = await read(bare, logQuery('{k8s_job_name="nightly"}'))
    expect(Object.fromEntries(entry!.stream)).toEqual({ k8s_job_name: 'nightly', container_name: 'runner' })
    expect(entry!.metadata.size).toBe(0)
    expect(await read(bare, logQuery('{namespace="prod"}'))).toEqual([])
  })

  it('are a list of attributes, where the configuration says so', async () => {
    const some = executorOf({ streamLabels: ['host.name', 'service.name'] })
    expect(linesOf(await read(some, logQuery('{host_name="h"}')))).toEqual(['t 3'])
    expect(linesOf(await read(some, logQuery('{k8s_pod_name="shop-0"}')))).toEqual([])
  })

  it('name the tenant, where there are several', async () => {
    const both = { tenantIds: ['t', 'u'] }
    const entries = await read(executorOf(), logQuery('{service_name="shop"}', both))
    expect(entries.map(({ tenantId, stream }) => [tenantId, stream.get('__tenant_id__')])).toEqual([
      ['t', 't'],
      ['u', 'u'],
    ])
    const query = '{service_name="shop", __tenant_id__="u"}'
    expect(linesOf(await read(executorOf(), logQuery(query, both)))).toEqual(['u 1'])
    const { value } = await executorOf().runInstant(
      {
        ...both,
        expr: parse(
          'sum by (__tenant_id__) (count_over_time({service_name="shop", namespace!=""}[1m]))',
        ) as MetricExpr,
        timeNs: START + SECOND,
      },
      testRun(),
    )
    expect(value).toMatchObject({
      samples: [
        { labels: new Map([['__tenant_id__', 't']]), value: 1 },
        { labels: new Map([['__tenant_id__', 'u']]), value: 1 },
      ],
    })
  })

  it.each([
    // A Date ends in 2149, a DateTime64(9) in 2262.
    ['2140', 5_365_000_000n * SECOND],
    ['2255', 9_000_000_000n * SECOND],
    ['the last nanosecond', 2n ** 63n - 1n],
  ])('are found in ranges that end in %s', async (_, endNs) => {
    const query = '{service_name="shop"}'
    for (const direction of ['forward', 'backward'] as const)
      expect(linesOf(await read(executorOf(), logQuery(query, { endNs, direction })))).toEqual(['t 1'])
    const expr = parse(`sum(count_over_time(${query} [290y]))`) as MetricExpr
    const { value } = await executorOf().runInstant(
      { tenantIds: ['t'], expr, timeNs: endNs - HOUR },
      testRun(),
    )
    expect(value).toMatchObject({ samples: [{ value: 1 }] })
    const moved = parse(`sum(count_over_time(${query} [1h] offset -290y))`) as MetricExpr
    const later = await executorOf().runInstant({ tenantIds: ['t'], expr: moved, timeNs: endNs }, testRun())
    expect(later.value).toMatchObject({ samples: [] })
  })

  it('of another tenant are never seen', async () => {
    const executor = executorOf()
    const { matchers } = parseSelector('{service_name=~".+"}')
    const range = { startNs: START, endNs: START + HOUR }
    const streams = await executor.streams({ tenantIds: ['u'], matchers, ...range }, testRun())
    expect(streams.map(({ tenantId, labels }) => [tenantId, labels.get('k8s_namespace_name')])).toEqual([
      ['u', 'secret'],
    ])
    // The same resource, of both tenants, has the same fingerprint.
    expect(linesOf(await read(executor, logQuery('{service_name="shop"}', { tenantIds: ['u'] })))).toEqual([
      'u 1',
    ])
  })
})

describe('reading', () => {
  const MANY = 12_345

  it('loses no row and repeats none where thousands share a nanosecond', async () => {
    await store(
      writer,
      Array.from({ length: MANY }, (_, i) =>
        testRecord({ resource: SHOP, time: START + BigInt(Math.floor(i / 11_000)), body: String(i) }),
      ),
    )
    for (const direction of ['forward', 'backward'] as const) {
      const query = logQuery('{service_name="shop"} != "1"', { direction })
      const all = linesOf(await read(executorOf(), query))
      expect(new Set(all).size).toBe(all.length)
      expect(all.length).toBe(
        Array.from({ length: MANY }, (_, i) => String(i)).filter((text) => !text.includes('1')).length,
      )
      // In pages, as a cursor walks.
      const paged: string[] = []
      let after: Entry['position'] | undefined
      for (;;) {
        const page = await read(executorOf(), { ...query, limit: 700, after })
        if (page.length === 0) break
        paged.push(...linesOf(page))
        after = page.at(-1)!.position
      }
      expect(paged).toEqual(all)
    }
  })

  it('finds rows of thousands of resources', async () => {
    const pods = Array.from({ length: 7_000 }, (_, i) =>
      resource(BigInt(i) + 2n ** 63n, { 'service.name': 'wide', 'k8s.pod.name': `pod-${i}` }),
    )
    await store(
      writer,
      pods.map((pod, i) => testRecord({ resource: pod, time: START + BigInt(i), severityNumber: 9 })),
    )
    const executor = executorOf()
    expect(await read(executor, logQuery('{k8s_pod_name=~"pod-.*[05]"}'))).toHaveLength(1400)
    const expr = parse(
      'topk(1, sum by (k8s_pod_name, service_name) (count_over_time({service_name="wide"}[1h])))',
    )
    const { value, stats } = await executor.runInstant(
      { tenantIds: ['t'], expr: expr as MetricExpr, timeNs: START + SECOND },
      testRun(),
    )
    expect(value).toMatchObject({ samples: [{ value: 1 }] })
    expect(stats).toMatchObject({ streams: 7000, linesReturned: 0, plan: [{ where: 'sql' }] })
    expect(stats.rowsRead).toBeGreaterThanOrEqual(14_000)
  })
})

describe('a large answer', () => {
  const ROWS = 60_000

  beforeAll(async () => {
    await store(writer, [testRecord({ resource: SHOP, time: START })])
    await writer.command(
      `INSERT INTO weir.logs (TenantId, AppId, Timestamp, ResourceFingerprint, GatewayId, Seq, RetentionDays, Body)
       SELECT 't', 'shop', fromUnixTimestamp64Nano(toInt64(${START} + number * 20000000), 'UTC'), 1, 'gw', number + 1, 10000, repeat('x', 1000)
       FROM numbers(${ROWS})`,
    )
  })

  it('comes in slices of bounded size, and holds no query while its reader waits', async () => {
    const run = { ...testRun(), requestId: 'slices' }
    let rows = 0
    for await (const batch of executorOf().runLogs(logQuery('{service_name="shop"}'), run)) {
      rows += batch.length
      expect(batch.length).toBeLessThanOrEqual(10_000)
      expect(batch.reduce((bytes, { line }) => bytes + line.length, 0)).toBeLessThanOrEqual(9 << 20)
      await untilGone('slices')
    }
    expect(rows).toBe(ROWS + 1)
  })

  it('is no longer computed once its reader leaves', async () => {
    const run = { ...testRun(), requestId: 'leaves' }
    for await (const batch of executorOf().runLogs(logQuery('{service_name="shop"}'), run))
      if (batch.length > 0) break
    await untilGone('leaves')
  })

  // sleepEachRow is not to be had: many rows and an expression that is slow for each.
  const SLOW = `sum(count_over_time({service_name="shop"} |~ "${'(x+x+)+'.repeat(12)}y"[1h]))`

  it('is no longer computed once its request is aborted', async () => {
    const controller = new AbortController()
    const run = { ...testRun(controller.signal), requestId: 'aborted' }
    const query = { tenantIds: ['t'], expr: parse(SLOW) as MetricExpr, timeNs: START + HOUR }
    const outcome = executorOf()
      .runInstant(query, run)
      .catch((error: unknown) => error)
    while ((await running('aborted')) === 0) await delay(5)
    controller.abort()
    expect(await outcome).toBeInstanceOf(Error)
    await untilGone('aborted')
  })

  it.each([
    [{ rowsToReadMax: 5000 }, 'query_too_large', /rows.*narrow/],
    [{ bytesToReadMax: 1 << 20 }, 'query_too_large', /bytes.*narrow/],
  ] as const)('stops at its limits: %j', async (limit, code, message) => {
    const limits = { ...defaultConfig().query, ...limit }
    const error = toApiError(
      await read(executorOf(), logQuery('{service_name="shop"} |= "y"'), { ...testRun(), limits }).catch(
        (reason: unknown) => reason,
      ),
    )
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

describe('statements', () => {
  it('hold nothing that a user wrote, and begin their conditions with the tenant', async () => {
    await store(writer, [
      testRecord({
        resource: resource(5n, { 'service.name': 'zqx1', zqx2: 'zqx3' }),
        time: START,
        body: 'zqx4 zqx5 zqx6',
      }),
    ])
    const statements: string[] = []
    const { reader } = engine.engine
    const watched: Database = {
      ...reader,
      name: reader.name,
      rows: reader.rows.bind(reader),
      stream: (sql, parameters, options) => {
        statements.push(sql)
        return reader.stream(sql, parameters, options)
      },
    }
    const executor = executorOf({ streamLabels: ['service.name', 'zqx7'] }, watched)
    const selector = '{service_name="zqx1", zqx7!="zqx8", service_name=~"zq.*"}'
    const stages =
      '|= "zqx4 zqx5 zqx6" |~ "zqx[45]" != "zqx9" | zqx2="zqx3" | a_zqx!~"zqx.+" | zqxn != 5 | json | zqx="zqx4"'
    await read(executor, logQuery(selector + stages))
    const metric = `sum by (zqx2, b_zqx) (sum_over_time(${selector} |= "zqx4" | unwrap zqxn [5m]))`
    await executor.runInstant(
      { tenantIds: ['t', 'zqxu'], expr: parse(metric) as MetricExpr, timeNs: START + SECOND },
      testRun(),
    )
    expect(statements.length).toBeGreaterThanOrEqual(4)
    for (const statement of statements) {
      expect(statement).not.toContain('zqx')
      expect(statement).toMatch(
        / FROM `weir`\.`\w+` WHERE `TenantId` (= \{tenant:String\}|IN \{tenant:Array\(String\)\}) AND \(/,
      )
    }
  })
})

describe('without ClickHouse', () => {
  it('is 503', async () => {
    const nowhere = new HttpDatabase('weir', { readonly: true })
    const failure = await read(executorOf({}, nowhere), logQuery('{service_name="shop"}')).catch(
      (reason: unknown) => reason,
    )
    expect(toApiError(failure)).toMatchObject({ code: 'database_unavailable', status: 503 })
  })
})
