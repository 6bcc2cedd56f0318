import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { defaultConfig } from '../../../src/config/schema.ts'
import { KIND_NAMES, prepareProcessor } from '../../../src/processors/registry.ts'
import { writeUsedNames } from '../../../src/store/query-usage.ts'
import { weir } from '../../cli/support/command.ts'
import { type KeyValue, type MetricsRequest, stringAttributes } from '../../otlp/proto.ts'
import { jsonOf, type Signals, startSignals } from '../signals.ts'
import { startTestApi, type TestApi } from '../support.ts'

/**
 * Guarantees: what a query, a rule or a dashboard uses is never recommended to go; what nobody uses is, with what it costs, and
 * the rules that come with it are good rules.
 */

const NOW_MS = Date.now()
const TODAY = Math.floor(NOW_MS / 86_400_000)

/** By name: series, each with `points` points of the last hour. */
function sum(name: string, attributes: ReadonlyArray<KeyValue[]>, points = 2): MetricsRequest {
  const times = Array.from({ length: points }, (_, i) => BigInt(NOW_MS - 60_000 * (i + 1)) * 1_000_000n)
  const dataPoints = attributes.flatMap((own) =>
    times.map((timeUnixNano) => ({ timeUnixNano, attributes: own, asInt: 1 })),
  )
  const metric = { name, unit: 's', sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } }
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }
}
const labelled = (count: number, of: (i: number) => Record<string, string>): KeyValue[][] =>
  Array.from({ length: count }, (_, i) => stringAttributes(of(i)))

const REQUESTS = labelled(60, (i) => ({ route: `r${i % 3}`, code: `${i % 2}`, user: `u${i}` }))

let signals: Signals
let api: TestApi
let folder: string
beforeAll(async () => {
  signals = await startSignals(async (send) => {
    await send.metrics('acme', sum('http.requests', REQUESTS))
    await send.metrics(
      'acme',
      sum(
        'cpu.time',
        labelled(4, (i) => ({ core: `${i}` })),
      ),
    )
    await send.metrics(
      'acme',
      sum(
        'never.seen',
        labelled(7, (i) => ({ n: `${i}` })),
        5,
      ),
    )
    await send.metrics(
      'acme',
      sum(
        'also.never',
        labelled(3, (i) => ({ n: `${i}` })),
      ),
    )
    await send.metrics(
      'acme',
      sum(
        'in.a.rule',
        labelled(2, (i) => ({ n: `${i}` })),
      ),
    )
    await send.metrics(
      'acme',
      sum(
        'asked.long.ago',
        labelled(2, (i) => ({ n: `${i}` })),
      ),
    )
    await send.metrics(
      'globex',
      sum(
        'secret',
        labelled(2, (i) => ({ n: `${i}` })),
      ),
    )
  })
  const used = (tenantId: string, daysAgo: number, kind: 'metric' | 'label', name: string) => ({
    ...{ tenantId, day: TODAY - daysAgo, kind, name },
  })
  await writeUsedNames(signals.writer, [
    used('acme', 1, 'metric', 'http_requests_seconds_total'),
    used('acme', 3, 'label', 'code'),
    used('acme', 30, 'metric', 'asked.long.ago'),
    used('globex', 1, 'metric', 'never.seen'),
  ])
  api = await startTestApi({
    reader: signals.reader,
    config: {
      tenancy: { ...defaultConfig().tenancy, mode: 'multi' },
      processors: { filter: { dryRun: true, metric_conditions: ['metric.name == "in.a.rule"'] } },
    },
  })
  folder = await mkdtemp(join(tmpdir(), 'weir-dashboards-'))
  await mkdir(join(folder, 'team'))
  const panels = [{ targets: [{ expr: 'sum(rate(cpu_time_seconds_total[5m])) by (user)' }] }]
  await writeFile(join(folder, 'team', 'cpu.json'), JSON.stringify({ title: 'never_seen', panels }))
  await writeFile(join(folder, 'README.md'), 'also_never')
}, 60_000)
afterAll(async () => {
  await api?.stop()
  await signals?.stop()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

type Saves = { readonly series: number; readonly samplesPerDay: number; readonly bytesPerDay: number }
type Answer = {
  readonly recordedSince: string | null
  readonly examined: ReadonlyArray<string>
  readonly metrics: ReadonlyArray<{
    readonly metric: string
    readonly prometheus: string
    readonly saves: Saves
  }>
  readonly labels: ReadonlyArray<{
    readonly metric: string
    readonly label: string
    readonly values: number
    readonly seriesLeft: number
    readonly saves: Saves
  }>
  readonly processors: Readonly<Record<string, unknown>>
}

async function ask(query = '', tenant = 'acme'): Promise<Answer> {
  return jsonOf(await api.get(`/api/v1/recommendations${query}`, { 'x-scope-orgid': tenant }))
}
const names = ({ metrics }: Answer): string[] => metrics.map(({ metric }) => metric)

describe('/api/v1/recommendations', () => {
  it('names metrics that no query of the last days and no rule used, what saves most first', async () => {
    const answer = await ask()
    expect(names(answer)).toEqual(['never.seen', 'cpu.time', 'also.never', 'asked.long.ago'])
    // 7 series with 5 points in the last hour, at 1.2 bytes a point.
    expect(answer.metrics[0]).toMatchObject({
      prometheus: 'never_seen_seconds_total',
      saves: { series: 7, samplesPerDay: 35 * 24, bytesPerDay: 35 * 24 * 1.2 },
    })
    expect(names(await ask('?days=31'))).not.toContain('asked.long.ago')
    expect(names(await ask('?limit=1'))).toEqual(['never.seen'])
  })

  it('names labels of used metrics that nobody names, with the series that are left', async () => {
    const { labels, examined } = await ask()
    expect(examined).toEqual(['http.requests'])
    expect(labels.map(({ metric, label }) => [metric, label])).toEqual([['http.requests', 'user']])
    // Three routes and two codes.
    expect(labels[0]).toMatchObject({
      values: 60,
      seriesLeft: 6,
      saves: { series: 54, samplesPerDay: 108 * 24 },
    })
  })

  it('what is used elsewhere stays', async () => {
    expect(names(await ask('?used=never.seen&used=cpu_time'))).toEqual(['also.never', 'asked.long.ago'])
    expect(names(await ask('?usedGlob=*never*'))).toEqual(['cpu.time', 'asked.long.ago'])
    expect(names(await ask('?usedPattern=.*_time.*'))).not.toContain('cpu.time')
    expect((await ask('?used=user')).labels).toEqual([])
    expect((await ask('?usedWhole=http_requests_total')).labels).toEqual([])
  })

  it('says since when queries are recorded, and knows nothing of other tenants', async () => {
    expect((await ask()).recordedSince).toBe(new Date((TODAY - 30) * 86_400_000).toISOString().slice(0, 10))
    expect(names(await ask('', 'globex'))).toEqual(['secret'])
    expect(await ask('', 'nobody')).toMatchObject({
      recordedSince: null,
      metrics: [],
      labels: [],
      processors: {},
    })
  })

  it('its rules are good rules', async () => {
    const { processors } = await ask()
    expect(processors).toEqual({
      'filter/unused_metrics': {
        metric_conditions: ['never.seen', 'cpu.time', 'also.never', 'asked.long.ago'].map(
          (name) => `metric.name == "${name}"`,
        ),
      },
      'aggregate/unused_labels': { metrics: [{ metric: 'http.requests', remove: ['user'] }] },
    })
    for (const [name, config] of Object.entries(processors))
      if (KIND_NAMES.includes(name.split('/')[0]!))
        expect(prepareProcessor(name, config)).toHaveProperty('build')
  })

  it.each([
    ['?days=0', 'days="0" is out of range: expected a whole number from 1 to 400.'],
    [`?${'usedGlob=x&'.repeat(1001)}`, 'usedGlob is given more than 1000 times.'],
    ['?use=x', 'There is no parameter "use": did you mean used?'],
  ])('refuses %s', async (query, sentence) => {
    const answer = await api.get(`/api/v1/recommendations${query}`, { 'x-scope-orgid': 'acme' })
    expect([answer.status, answer.json.error.message]).toEqual([400, sentence])
  })
})

describe('weir recommend', () => {
  const run = (...words: string[]) =>
    weir(['recommend', '--address', `http://127.0.0.1:${api.port}`, '--tenant', 'acme', ...words])

  it('keeps what dashboards use', async () => {
    const { exitCode, out, error } = await run('--dashboards', folder, '-o', 'yaml')
    expect([exitCode, error]).toEqual([0, ''])
    expect(parse(out)).toEqual({
      processors: {
        'filter/unused_metrics': {
          metric_conditions: ['never.seen', 'also.never', 'asked.long.ago'].map(
            (name) => `metric.name == "${name}"`,
          ),
        },
        // A label is used wherever its name stands.
        'aggregate/unused_labels': { metrics: [{ metric: 'cpu.time', remove: ['core'] }] },
      },
    })
  })

  it('its YAML is a configuration that weir check accepts', async () => {
    const { out } = await run('--dashboards', folder, '-o', 'yaml')
    expect(out).toContain('aggregate/unused_labels')
    const file = join(folder, 'weir.yaml')
    await writeFile(file, out)
    const { exitCode, error } = await weir(['check', '--config', file])
    await rm(file)
    expect([exitCode, error]).toEqual([0, ''])
  })

  it('prints what it rests on, tables and the rules', async () => {
    const { exitCode, out } = await run()
    expect(exitCode).toBe(0)
    expect(out).toContain('No dashboards were given')
    expect(out).toMatch(/^never\.seen +sum +7 +840 +1\.0 KB$/m)
    expect(out).toMatch(/^http\.requests +user +60 +54 +2,592 +3\.1 KB$/m)
    expect(out).toContain('For weir.yaml:\n\nprocessors:\n')
    const { out: json } = await run('-o', 'json')
    expect(names(JSON.parse(json))).toContain('never.seen')
  })

  it.each([
    [['--dashboards', '/nowhere'], '--dashboards /nowhere can not be read (ENOENT).'],
    [['--days', 'x'], '400: days="x" is out of range: expected a whole number from 1 to 400.'],
  ])('%j is refused', async (words, sentence) => {
    const { exitCode, out, error } = await run(...words)
    expect([exitCode, out]).toEqual([1, ''])
    expect(error).toContain(sentence)
  })

  it('a file that is no JSON is an error: what it uses would count as unused', async () => {
    await writeFile(join(folder, 'broken.json'), '{')
    const { exitCode, error } = await run('--dashboards', folder)
    await rm(join(folder, 'broken.json'))
    expect(exitCode).toBe(1)
    expect(error).toContain('broken.json is no JSON')
  })
})

describe('weir cardinality', () => {
  const run = (...words: string[]) =>
    weir(['cardinality', '--address', `http://127.0.0.1:${api.port}`, '--tenant', 'acme', ...words])

  it('prints metrics, and of one its labels and fixes', async () => {
    const { exitCode, out, error } = await run('--by', 'samples')
    expect([exitCode, error]).toEqual([0, ''])
    expect(out).toMatch(/^METRIC +ACTIVE +NEW +ON HOUR +ON DAY +SAMPLES\/DAY +BYTES\/DAY$/m)
    expect(out).toMatch(/^http\.requests +0 +0 +new +new +2,880 +3\.5 KB$/m)
    const { out: metric } = await run('--metric', 'http.requests', '--series-limit', '10')
    expect(metric).toMatch(/^user +60 +60 +6$/m)
    expect(metric).toMatch(/^remove the label user +54 +2,592 +3\.1 KB$/m)
    expect(metric).toMatch(/^limit to 10 series +50 +2,400 +2\.9 KB$/m)
    expect(metric).toMatch(/^drop the metric +60 +2,880 +3\.5 KB$/m)
  })

  it('prints JSON as the API gives it', async () => {
    const { out } = await run('--metric', 'http.requests', '-o', 'json')
    const answer = await api.get('/api/v1/cardinality?metric=http.requests', { 'x-scope-orgid': 'acme' })
    expect(JSON.parse(out)).toEqual(JSON.parse(answer.text))
  })

  it('says what is wrong', async () => {
    const { exitCode, out, error } = await run('--limit', '0')
    expect([exitCode, out]).toEqual([1, ''])
    expect(error).toContain('limit="0" is out of range')
  })
})
