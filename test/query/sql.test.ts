import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import { activityStatement } from '../../src/query/cardinality/activity.ts'
import {
  labelsStatement,
  seriesStatement as storedSeriesStatement,
  withoutStatement,
} from '../../src/query/cardinality/labels.ts'
import { sendersStatement, totalsStatement } from '../../src/query/cardinality/logs/statements.ts'
import { dependenciesStatement, operationsStatement } from '../../src/query/jaeger/statements.ts'
import { pageStatement } from '../../src/query/logs/page-statement.ts'
import { namesStatement } from '../../src/query/metrics/names-statement.ts'
import { detailsStatement, seriesStatement } from '../../src/query/metrics/series-statement.ts'
import { metricsStatement, usedNamesStatement } from '../../src/query/recommendations/statements.ts'
import { bind, join as joined, render, type Statement, sql } from '../../src/query/sql/fragment.ts'
import { createQueries } from '../../src/query/sql/queries.ts'
import { select } from '../../src/query/sql/select.ts'
import { source } from '../../src/query/sql/source.ts'
import { READ_TABLES } from '../../src/query/tables.ts'
import { foundSpansStatement, tagsStatement, valuesStatement } from '../../src/query/tempo/statements.ts'
import { allOf, type Expr, type Field } from '../../src/query/traceql/ast.ts'
import { matchOf } from '../../src/query/traces/filter/compile.ts'
import {
  matchConditions,
  matchesStatement,
  searchStatement,
} from '../../src/query/traces/search-statement.ts'
import { spansStatement, tracesStatement } from '../../src/query/traces/span-statement.ts'
import { summaryStatement } from '../../src/query/traces/summaries.ts'
import { timesStatement } from '../../src/query/traces/trace-times.ts'
import type { Database } from '../../src/store/database.ts'
import { logs as logsTable } from '../../src/store/tables/logs.ts'

const unread = (): never => {
  throw new Error('this test was not to read from ClickHouse')
}
const NO_DATABASE: Database = {
  ...{
    name: 'weir',
    insert: unread,
    rows: unread,
    stream: unread,
    command: unread,
    ping: unread,
    close: unread,
  },
}

const logs = source('weir', logsTable)
const table = (name: keyof typeof READ_TABLES) => source('weir', READ_TABLES[name])

/** Lower-case words that no SQL of ours holds, so that finding one in a statement means interpolation. */
const strange = fc.string({ minLength: 1 }).map((text) => `zqx${text}`)

describe('fragments', () => {
  it('number bound values in order and keep them out of the text', () => {
    const fragment = sql`a = ${bind('String', "'; DROP TABLE logs")} AND ${joined([sql`b`, sql`c = ${bind('UInt8', 3)}`], ' OR ')}`
    expect(render(fragment)).toEqual({
      sql: 'a = {p0:String} AND b OR c = {p1:UInt8}',
      parameters: { p0: "'; DROP TABLE logs", p1: 3 },
    })
  })

  it('refuse a plain string', () => {
    expect(() => sql`a = ${"'x'" as never}`).toThrow('BUG: only fragments')
  })

  it('refuse names that are not declared', () => {
    expect(() => logs.column('Body) OR (1')).toThrow('has no column')
    expect(() => source('weir`; DROP', logsTable)).toThrow('is not an identifier')
    expect(() =>
      select({ from: logs, tenantId: 't', columns: { 'x, *': logs.column('Body') }, where: [], limit: 1 }),
    ).toThrow('is not a result name')
  })
})

describe('statements', () => {
  const page = (tenantId: string, name: string, seq: bigint, direction: 'backward' | 'forward') =>
    pageStatement(logs, {
      tenantId,
      filter: {
        service: name,
        app: name,
        namespace: name,
        pod: name,
        container: name,
        traceId: name,
        text: name,
        severity: 9,
      },
      direction,
      range: { start: 1n, end: 2n },
      after: { timestamp: 1n, seq, gatewayId: name },
      rows: 10,
    })

  it('have the same text whatever the user wrote', () => {
    const ascii = page('t', 'a', 1n, 'backward').sql
    const unicode = page('t', 'aé', 1n, 'backward').sql
    fc.assert(
      fc.property(strange, strange, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (tenant, name, seq) => {
        const statement = page(tenant, name, seq, 'backward')
        expect(statement.sql).toBe(/^\p{ASCII}*$/u.test(name) ? ascii : unicode)
        expect(statement.sql).not.toContain('zqx')
        expect(statement.parameters.tenant).toBe(tenant)
      }),
    )
  })

  const range = { start: 1n, end: 2n }
  const place = (name: string) => ({ service: name, app: name, namespace: name, pod: name, container: name })
  const pairs = (name: string) => [{ key: name, value: name }]
  const position = (name: string) => ({ timestamp: 1n, seq: 1n, gatewayId: name })
  const filter = (name: string) => ({
    ...place(name),
    ...{ operation: name, minDuration: 1n, maxDuration: 2n, status: 'ok' as const, attribute: pairs(name) },
  })
  const days = { first: 1, last: 2 }
  const series = (name: string) => ({ metric: name, ...place(name), label: pairs(name) })

  const traces = {
    ...{ spans: table('spans'), resources: table('resources'), traceTimes: table('traceTimes') },
    queries: createQueries(NO_DATABASE, defaultConfig().query),
  }
  /** Every kind of condition that a search of traces has. */
  const matches = (tenantId: string, name: string) => {
    const field = (one: Field) => ({
      kind: 'comparison' as const,
      field: one,
      op: '=~' as const,
      value: text(name),
    })
    const exprs: Expr[] = [
      field({ kind: 'attribute', scope: 'any', name }),
      field({ kind: 'attribute', scope: 'resource', name: 'service.name' }),
      field({ kind: 'intrinsic', name: 'rootName' }),
      {
        kind: 'comparison',
        field: { kind: 'intrinsic', name: 'traceDuration' },
        op: '>',
        value: { kind: 'duration', ns: 1 },
      },
    ]
    return { ...matchOf(traces, { tenantId, range }, allOf(exprs)), after: undefined, rows: 1 }
  }
  const text = (value: string) => ({ kind: 'string' as const, text: value })

  it.each<[string, (tenantId: string, name: string) => Statement]>([
    [
      'spans of a trace',
      (tenantId, name) =>
        spansStatement(table('spans'), { tenantId, traceId: name, range, after: position(name), rows: 1 }),
    ],
    [
      'search',
      (tenantId, name) =>
        searchStatement(table('spans'), {
          ...{ tenantId, filter: filter(name), range, rows: 1 },
          after: { timestamp: 1n, traceId: name },
        }),
    ],
    [
      'summaries',
      (tenantId, name) =>
        summaryStatement(
          table('spans'),
          { tenantId, where: matchConditions(table('spans'), { filter: filter(name), range }) },
          [name],
          range,
        ),
    ],
    ['trace times', (tenantId, name) => timesStatement(table('traceTimes'), tenantId, [name], days)],
    [
      'metric names',
      (tenantId, name) =>
        namesStatement(table('metricSeries'), {
          ...{ tenantId, match: name, days, rows: 1 },
          after: { name, type: name, unit: name },
        }),
    ],
    [
      'series',
      (tenantId, name) =>
        seriesStatement(table('metricSeries'), { tenantId, filter: series(name), days, after: 1n, rows: 1 }),
    ],
    [
      'series in full',
      (tenantId, name) =>
        detailsStatement(table('metricSeries'), { tenantId, filter: series(name), days }, [name]),
    ],
    [
      'points by the hour',
      (tenantId, metric) => activityStatement(table('samples'), { tenantId, metric, nowMs: 1e12 }),
    ],
    [
      'labels of a metric',
      (tenantId, metric) =>
        labelsStatement(table('metricSeries'), { tenantId, metric, nowMs: 1e12, limit: 1 }),
    ],
    [
      'series of a metric',
      (tenantId, metric) => storedSeriesStatement(table('metricSeries'), { tenantId, metric, nowMs: 1e12 }),
    ],
    [
      'series without a label',
      (tenantId, metric) =>
        withoutStatement(table('metricSeries'), { tenantId, metric, nowMs: 1e12 }, [metric]),
    ],
    ['all logs', (tenantId) => totalsStatement(table('logs'), { tenantId, range })],
    ['senders of logs', (tenantId) => sendersStatement(table('logs'), { tenantId, range }, 'pod', 1)],
    [
      'attributes of logs',
      (tenantId) => sendersStatement(table('logs'), { tenantId, range }, 'attribute', 1),
    ],
    ['all metrics', (tenantId) => metricsStatement(table('metricSeries'), { tenantId, days })],
    [
      'services and operations',
      (tenantId, service) => operationsStatement(table('spans'), { tenantId, range, service, kind: 1 }),
    ],
    ['calls', (tenantId) => dependenciesStatement(table('spans'), { tenantId, range, shares: 2 })],
    ['spans by an expression', (tenantId, name) => matchesStatement(table('spans'), matches(tenantId, name))],
    [
      'spans of traces that were found',
      (tenantId, name) => foundSpansStatement(traces, matches(tenantId, name), [name], 3),
    ],
    [
      'traces, whole',
      (tenantId, name) => tracesStatement(table('spans'), { tenantId, traceIds: [name], range, rowsEach: 1 }),
    ],
    [
      'tags',
      (tenantId, name) => tagsStatement(traces, matches(tenantId, name), { tenantId, range }, 'resource', 1),
    ],
    [
      'values of a tag',
      (tenantId, key) =>
        valuesStatement(traces, matches(tenantId, key), { tenantId, range }, { tags: 'span', key, limit: 1 }),
    ],
    ['used names', (tenantId) => usedNamesStatement(table('queryUsage'), { tenantId, days })],
  ])('have the same text whatever the user wrote, the tenant first: %s', (_, made) => {
    const plain = made('t', 'a').sql
    // Of the selects inside others too.
    const reads = (text: string) => plain.split(text).length
    expect(reads('{tenant:String}')).toBe(reads(' FROM `weir`.`'))
    expect(plain).toMatch(/ FROM `weir`\.`\w+` WHERE `TenantId` = \{tenant:String\} AND \(/)
    fc.assert(
      fc.property(strange, strange, (tenant, name) => {
        const statement = made(tenant, name)
        expect(statement.sql).toBe(plain)
        expect(statement.parameters.tenant).toBe(tenant)
      }),
    )
  })

  it('begin their conditions with the tenant', () => {
    expect(page('t', 'a', 1n, 'forward').sql).toContain(
      ' FROM `weir`.`logs` WHERE `TenantId` = {tenant:String} AND (',
    )
  })

  it('group every condition, so that no OR reaches past the tenant', () => {
    const { sql: text } = select({
      from: logs,
      tenantId: 't',
      columns: { body: logs.column('Body') },
      where: [sql`1 OR 1`],
      limit: 1,
    })
    expect(text).toBe(
      'SELECT `Body` AS body FROM `weir`.`logs` WHERE `TenantId` = {tenant:String} AND (1 OR 1) LIMIT {p0:UInt32}',
    )
  })
})

describe('the sources of src/query', () => {
  const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const root = new URL('../../src/query/', import.meta.url).pathname
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: withoutComments(readFileSync(join(root, path), 'utf8')) }))

  const holding = (pattern: RegExp) => files.filter(({ text }) => pattern.test(text)).map(({ path }) => path)

  it('write SELECT and FROM in one place only', () => {
    expect(
      holding(
        /`[^`]*\b(SELECT|FROM|WHERE|INSERT|SETTINGS)\b[^`]*`|'[^'\n]*\b(SELECT|FROM|WHERE|SETTINGS) [^'\n]*'/,
      ),
    ).toEqual(['sql/select.ts'])
  })

  it('talk to the database in one place only', () => {
    expect(holding(/\b(reader|writer|database)\.(rows|stream|command|insert)\(/)).toEqual(['sql/queries.ts'])
  })

  it('make fragments from text in two places only: literals and declared names', () => {
    expect(holding(/new Fragment\(/).sort()).toEqual(['sql/fragment.ts', 'sql/select.ts', 'sql/source.ts'])
  })
})
