import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dependenciesStatement } from '../../../src/query/jaeger/statements.ts'
import { source } from '../../../src/query/sql/source.ts'
import { READ_TABLES } from '../../../src/query/tables.ts'
import { jsonOf, type Signals, startSignals } from '../signals.ts'
import { BASE, SECOND, sendCalls, sendTrees, TREES } from './world.ts'

/** Guarantees: dependencies are the calls that were made, told by the trees that were sent. */

let signals: Signals
beforeAll(async () => {
  signals = await startSignals(async (send) => {
    await sendCalls(send)
    await sendTrees(send)
  })
})
afterAll(() => signals?.stop())

const ask = (tenant: string, path: string) =>
  signals.api.get(`/jaeger/api${path}`, { 'x-scope-orgid': tenant })
const read = async <Item>(tenant: string, path: string): Promise<{ readonly data: ReadonlyArray<Item> }> =>
  jsonOf(await ask(tenant, path))

describe('dependencies', () => {
  type Edges = ReadonlyMap<string, number>
  const edgesOf = (trees: typeof TREES): Edges => {
    const edges = new Map<string, number>()
    for (const { spans } of trees)
      for (const { parent, service } of spans) {
        const caller = parent === undefined ? undefined : spans[parent]?.service
        if (caller === undefined || caller === service) continue
        const edge = `${caller} ${service}`
        edges.set(edge, (edges.get(edge) ?? 0) + 1)
      }
    return edges
  }
  const asEdges = (rows: ReadonlyArray<{ parent: string; child: string; calls: string | number }>): Edges =>
    new Map(rows.map(({ parent, child, calls }) => [`${parent} ${child}`, Number(calls)]))

  it('of random trees are the edges of the trees', async () => {
    const { data } = await read<{ parent: string; child: string; callCount: number }>(
      'trees',
      `/dependencies?${range}`,
    )
    expect(asEdges(data.map((edge) => ({ ...edge, calls: edge.callCount })))).toEqual(edgesOf(TREES))
  })

  it('of a share of the traces are whole traces, by their ids', async () => {
    const { reader } = signals
    const shares = 3
    const { sql, parameters } = dependenciesStatement(source(reader.name, READ_TABLES.spans), {
      ...{ tenantId: 'trees', range: { start: BASE - SECOND, end: BASE + 60n * SECOND }, shares },
    })
    const rows = await reader.rows<{ parent: string; child: string; calls: string }>(sql, parameters)
    const hashes = await reader.rows<{ id: string }>(
      `SELECT DISTINCT lower(hex(TraceId)) AS id FROM spans WHERE TenantId = 'trees' AND cityHash64(TraceId) % ${shares} = 0`,
      {},
    )
    const chosen = new Set(hashes.map(({ id }) => id))
    expect(chosen.size).toBeGreaterThan(5)
    expect(chosen.size).toBeLessThan(TREES.length)
    expect(asEdges(rows)).toEqual(edgesOf(TREES.filter(({ traceId }) => chosen.has(traceId))))
  })

  const range = `endTs=${BASE / 1_000_000n + 60_000n}&lookback=120000`

  it('are the calls between services', async () => {
    expect((await read<unknown>('calls', `/dependencies?${range}`)).data).toEqual([
      { parent: 'front', child: 'unknown_service', callCount: 1 },
      { parent: 'front', child: 'cart', callCount: 2 },
    ])
    expect((await read<unknown>('nobody', `/dependencies?${range}`)).data).toEqual([])
    expect((await read<unknown>('calls', `/dependencies?endTs=${BASE / 1_000_000n - 60_000n}`)).data).toEqual(
      [],
    )
  })

  it.each([
    ['endTs=-1', 'endTs="-1" is no time: expected whole milliseconds'],
    ['lookback=0', 'lookback is 0'],
  ])('%s: 400', async (query, words) => {
    const answer = await ask('calls', `/dependencies?${query}`)
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(words.replaceAll('"', '\\"'))])
  })
})
