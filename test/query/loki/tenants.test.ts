import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../../src/config/schema.ts'
import { testEndpoints } from '../support.ts'
import { linesOf, RANGE, startWorld, url, type World } from './support/world.ts'

/**
 * Scenario: two tenants with equal resources ask the same of every endpoint that reads, one after the other and both at
 * once. Guarantee: each sees its own and nothing of the other, in answers, statistics, counts and errors.
 */

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

const LOKI = '/loki/api/v1'
const QUERY = '{k8s_namespace_name=~"shop|jobs"}'
/** The records' own position: tenants that know it must not read by it. */
const position = async (): Promise<Record<string, string>> => {
  const path = url('/api/v1/logs', { ...RANGE, service: 'cart', limit: '1' })
  const { records } = JSON.parse((await world.ask('globex', path)).text) as {
    records: [{ timestampNs: string; seq: string; gatewayId: string }]
  }
  const [{ timestampNs, seq, gatewayId }] = records
  return { timestampNs, seq, gatewayId }
}

type Reads = {
  readonly parameters: Readonly<Record<string, string>> | (() => Promise<Readonly<Record<string, string>>>)
  /**
   * `names`: lines or labels, in which the tenant's name stands. `bytes`: figures whose sum is the bytes of its lines.
   * `equal`: the same for both, since their data are alike. `foreign`: a record of globex, which only globex finds.
   */
  readonly shows: 'names' | 'bytes' | 'equal' | 'foreign'
}
const reads = (
  shows: Reads['shows'],
  parameters: Reads['parameters'] = { ...RANGE, query: QUERY },
): Reads => ({
  shows,
  parameters,
})

/** Every endpoint that reads tenants' data, by path; a path with a name has one filled in. */
const ENDPOINTS: Readonly<Record<string, Reads>> = {
  '/api/v1/logs': reads('names'),
  '/api/v1/logs/histogram': reads('equal'),
  '/api/v1/logs/context': reads('foreign', position),
  [`${LOKI}/query`]: reads('names', {
    query: `sum by (tenant) (count_over_time(${QUERY} | json | tenant!="" [10m]))`,
    time: RANGE.end,
  }),
  [`${LOKI}/query_range`]: reads('names'),
  [`${LOKI}/labels`]: reads('equal'),
  [`${LOKI}/label/{name}/values`]: reads('names'),
  [`${LOKI}/series`]: reads('names', { ...RANGE, 'match[]': QUERY }),
  [`${LOKI}/index/stats`]: reads('bytes'),
  [`${LOKI}/index/volume`]: reads('bytes'),
  [`${LOKI}/index/volume_range`]: reads('bytes', { ...RANGE, query: QUERY, step: '60s' }),
  [`${LOKI}/detected_labels`]: reads('equal'),
  [`${LOKI}/detected_fields`]: reads('equal'),
  [`${LOKI}/detected_field/{name}/values`]: reads('names'),
  [`${LOKI}/patterns`]: reads('equal'),
  [`${LOKI}/format_query`]: reads('equal'),
  [`${LOKI}/drilldown-limits`]: reads('equal', {}),
  [`${LOKI}/status/buildinfo`]: reads('equal', {}),
}
const NAMES: Readonly<Record<string, string>> = {
  [`${LOKI}/label/{name}/values`]: 'k8s_pod_name',
  [`${LOKI}/detected_field/{name}/values`]: 'tenant',
}

async function pathOf(path: string): Promise<string> {
  const { parameters } = ENDPOINTS[path]!
  return url(
    path.replace('{name}', NAMES[path] ?? ''),
    typeof parameters === 'function' ? await parameters() : parameters,
  )
}

const bytesOf = (tenant: string): number =>
  linesOf(tenant).reduce((sum, line) => sum + Buffer.byteLength(line), 0)

type Figures = {
  readonly bytes?: number
  readonly data?: {
    readonly result: ReadonlyArray<{ value?: [number, string]; values?: ReadonlyArray<[number, string]> }>
  }
}

/** The sum of an answer's figures. */
function bytesIn(text: string): number {
  const { bytes, data } = JSON.parse(text) as Figures
  if (bytes !== undefined) return bytes
  const samples = data!.result.flatMap(({ value, values }) => values ?? [value!])
  return samples.reduce((sum, [, figure]) => sum + Number(figure), 0)
}

/** Without what measures the run itself. */
function comparable(text: string): unknown {
  const body = JSON.parse(text) as { data?: { stats?: unknown } }
  if (body.data?.stats !== undefined) delete body.data.stats
  return body
}

it('the table has every endpoint that reads log lines', () => {
  const routes = testEndpoints(defaultConfig())
  const reading = routes.filter(({ path }) => path.startsWith('/api/v1/logs') || path.startsWith('/loki/'))
  expect(Object.keys(ENDPOINTS).sort()).toEqual(reading.map(({ path }) => path).sort())
})

describe.each(Object.entries(ENDPOINTS))('%s', (path, { shows }) => {
  it('shows each tenant its own alone', async () => {
    const asked = await pathOf(path)
    const [acme, globex] = [await world.ask('acme', asked), await world.ask('globex', asked)]
    expect(acme.text).not.toContain('globex')
    expect(globex.text).not.toContain('acme')
    if (shows === 'foreign') {
      expect([acme.status, globex.status]).toEqual([404, 200])
      expect(globex.text).toContain('emptied by globex')
      return
    }
    expect([acme.status, globex.status]).toEqual([200, 200])
    if (shows === 'names') {
      expect(acme.text).toContain('acme')
      expect(globex.text).toContain('globex')
    } else if (shows === 'bytes') {
      expect([bytesIn(acme.text), bytesIn(globex.text)]).toEqual([bytesOf('acme'), bytesOf('globex')])
      expect(bytesOf('acme'), 'the figures tell them apart').not.toBe(bytesOf('globex'))
    } else expect(comparable(acme.text)).toEqual(comparable(globex.text))
  })

  it('the token of one tenant with the header of the other is refused, and shows nothing', async () => {
    const answer = await world.ask('acme', await pathOf(path), { tenants: 'globex' })
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('may not read the tenant')
    expect(answer.text).not.toMatch(/checkout|emptied|worker/)
    const mixed = await world.ask('acme', await pathOf(path), { tenants: 'acme|globex' })
    expect(mixed.status).toBe(403)
  })

  it.each([
    ['no credential', undefined, undefined, 401],
    ['no tenant of several', 'both', undefined, 401],
    ['an ill-formed tenant', 'both', 'acme:x', 400],
    ['an empty tenant', 'both', 'acme|', 400],
  ] as const)('%s: refused', async (_name, who, tenants, status) => {
    const answer = await world.ask(who, await pathOf(path), { tenants })
    expect(answer.status).toBe(status)
    expect(answer.text).not.toMatch(/checkout|emptied|worker/)
  })
})

describe('several tenants at once', () => {
  const ofBoth = async (path: string, parameters: Readonly<Record<string, string>>): Promise<string> => {
    const answer = await world.ask('both', url(path, parameters), { tenants: 'globex|acme' })
    expect(answer.status, answer.text).toBe(200)
    return answer.text
  }

  it('each stream says whose it is; the selector can choose', async () => {
    const labels = JSON.parse(await ofBoth(`${LOKI}/labels`, RANGE)) as { data: string[] }
    expect(labels.data).toContain('__tenant_id__')
    const values = JSON.parse(await ofBoth(`${LOKI}/label/__tenant_id__/values`, RANGE)) as { data: string[] }
    expect(values.data).toEqual(['acme', 'globex'])
    const query = `{k8s_namespace_name="shop", __tenant_id__="globex"}`
    const text = await ofBoth(`${LOKI}/query_range`, { ...RANGE, query })
    expect(text).toContain('by globex')
    expect(text).not.toContain('by acme')
    const series = JSON.parse(await ofBoth(`${LOKI}/series`, { ...RANGE, 'match[]': QUERY })) as {
      data: unknown[]
    }
    expect(series.data).toHaveLength(6)
  })

  it('statistics and volumes are sums, or apart by the label', async () => {
    const [acme, globex] = [bytesOf('acme'), bytesOf('globex')]
    const stats = JSON.parse(await ofBoth(`${LOKI}/index/stats`, { ...RANGE, query: QUERY })) as object
    expect(stats).toEqual({ streams: 6, chunks: 6, entries: 14, bytes: acme + globex })
    const volume = JSON.parse(
      await ofBoth(`${LOKI}/index/volume`, { ...RANGE, query: QUERY, targetLabels: '__tenant_id__' }),
    ) as { data: { result: Array<{ metric: object; value: [number, string] }> } }
    expect(volume.data.result.map(({ metric, value }) => [metric, Number(value[1])])).toEqual([
      [{ __tenant_id__: 'globex' }, globex],
      [{ __tenant_id__: 'acme' }, acme],
    ])
  })

  it('endpoints of one tenant say so', async () => {
    for (const path of ['/api/v1/logs', '/api/v1/logs/histogram', '/api/v1/logs/context']) {
      const answer = await world.ask('both', url(path, RANGE), { tenants: 'acme|globex' })
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('one tenant at a time')])
    }
  })

  it('a cursor of one tenant is nothing to the other', async () => {
    const first = await world.ask('acme', url('/api/v1/logs', { ...RANGE, query: QUERY, limit: '2' }))
    const { nextCursor } = JSON.parse(first.text) as { nextCursor: string }
    const stolen = url('/api/v1/logs', { query: QUERY, limit: '2', cursor: nextCursor })
    expect((await world.ask('acme', stolen)).status).toBe(200)
    const answer = await world.ask('globex', stolen)
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('belongs to another query')])
  })
})
