import { afterAll, beforeAll, expect, it } from 'vitest'
import { defaultConfig } from '../../../../src/config/schema.ts'
import type { LogExpr } from '../../../../src/query/logql/ast.ts'
import { parse } from '../../../../src/query/logql/parse.ts'
import { createLokiExecutor } from '../../../../src/query/loki/execute/executor.ts'
import type { Entry, LogsQuery, QueryStats } from '../../../../src/query/loki/execute/types.ts'
import { migrate } from '../../../../src/store/migrations/migrate.ts'
import { logs } from '../../../../src/store/tables/logs.ts'
import { resources } from '../../../../src/store/tables/resources.ts'
import { startTestEngine, type TestEngine } from '../../../support/engine.ts'
import { store, testRecord, testRun } from './data.ts'

const START = 1_700_000_000_000_000_000n
const HOUR = 3_600_000_000_000n
const ID = '0a1b2c3d4e'
const PODS = 400

let engine: TestEngine
/** Every 10th pod has the id; of those that are called shop, every 20th. The other tenant has it too. */
beforeAll(async () => {
  engine = await startTestEngine()
  await migrate(engine.engine.writer)
  const others = [
    ['service.name', 'shop'],
    ['k8s.namespace.name', 'secret'],
  ] as const
  await store(engine.engine.writer, [
    ...Array.from({ length: PODS }, (_, i) =>
      testRecord({
        resource: {
          tenant: 't',
          fingerprint: BigInt(i) + 1n,
          attributes: [
            ['service.name', i % 4 === 0 ? 'shop' : 'noise'],
            ['k8s.pod.name', `pod-${i}`],
          ],
        },
        time: START + BigInt(i),
        body: `job ${i % 10 === 0 ? ID : 'ffff0000ff'} to run ${i}`,
      }),
    ),
    testRecord({
      resource: { tenant: 'u', fingerprint: 1n, attributes: others },
      time: START,
      body: `job ${ID} to run secret`,
    }),
  ])
})
afterAll(() => engine?.stop())

type Found = { readonly entries: ReadonlyArray<Entry>; readonly stats: QueryStats }

async function read(query: string, more: Partial<LogsQuery> = {}): Promise<Found> {
  const { reader } = engine.engine
  const limits = defaultConfig().query
  const executor = createLokiExecutor({ reader, tables: { logs, resources }, limits, nowMs: Date.now })
  const asked: LogsQuery = {
    tenantIds: ['t'],
    expr: parse(query) as LogExpr,
    startNs: START,
    endNs: START + HOUR,
    direction: 'forward',
    limit: undefined,
    ...more,
  }
  const result = executor.runLogs(asked, testRun())
  const entries: Entry[] = []
  for await (const batch of result) entries.push(...batch)
  return { entries, stats: result.stats() }
}

const linesOf = ({ entries }: Found): string[] => entries.map(({ line }) => line)
const QUERY = `{service_name="shop"} |= " ${ID} to"`
const WANTED = Array.from({ length: PODS / 20 }, (_, i) => i * 20)
const LINES = WANTED.map((pod) => `job ${ID} to run ${pod}`)

it('looks up the resources of lines that an id finds, and of no others', async () => {
  const found = await read(QUERY)
  expect(linesOf(found)).toEqual(LINES)
  expect(found.entries.map(({ stream }) => stream.get('k8s_pod_name'))).toEqual(
    WANTED.map((pod) => `pod-${pod}`),
  )
  // Rows of resources: those with the id. All that the selector means would be 100.
  expect(found.stats.streams).toBe(WANTED.length)
})

it('gives pages, of which each reads on behind lines that the selector does not mean', async () => {
  const paged: string[] = []
  let after: Entry['position'] | undefined
  for (;;) {
    const page = await read(QUERY, { direction: 'backward', limit: 3, after })
    if (page.entries.length === 0) break
    paged.push(...linesOf(page))
    after = page.entries.at(-1)!.position
  }
  expect(paged).toEqual(LINES.toReversed())
})

it.each<[string, ReadonlyArray<string>, string, string[]]>([
  ['a selector that means none', ['t'], `{service_name="nope"} |= " ${ID} to"`, []],
  ['a filter on labels', ['t'], `${QUERY} | k8s_pod_name="pod-40"`, [LINES[2]!]],
  ['the other tenant', ['u'], QUERY, [`job ${ID} to run secret`]],
  [
    'tenants by their label',
    ['t', 'u'],
    `{service_name="shop", __tenant_id__="u"} |= " ${ID} to"`,
    [`job ${ID} to run secret`],
  ],
  ['no tenant', ['t', 'u'], `{service_name="shop", __tenant_id__="v"} |= " ${ID} to"`, []],
])('finds what %s means', async (_, tenantIds, query, lines) => {
  expect(linesOf(await read(query, { tenantIds }))).toEqual(lines)
})
