import { describe, expect, it } from 'vitest'
import { METRICS, type MetricRow } from '../../src/telemetry/metric-table.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'

const ROWS: ReadonlyArray<[string, MetricRow]> = Object.entries(METRICS)

/** The samples of the exposition text, by name and labels. */
async function scrape(metrics: ReturnType<typeof createMetrics>): Promise<Map<string, string>> {
  const text = await metrics.render()
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  )
}

describe('the table', () => {
  it.each(ROWS)('%s keeps the rules of Prometheus', (_key, { name, type, unit, help, labels, buckets }) => {
    expect(name).toMatch(/^weir_[a-z0-9_]+$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    const base = { By: 'bytes', s: 'seconds' }[unit]
    if (base) expect(name.replace(/_total$/, '').split('_')).toContain(base)
    expect(help).toMatch(/^[A-Z0-9].*[.]$|^[0-9]/)
    for (const label of labels) expect(label).toMatch(/^[a-z_]+$/)
    expect(buckets === undefined).toBe(type !== 'histogram')
    expect([...(buckets ?? [])].sort((a, b) => a - b)).toEqual([...(buckets ?? [])])
  })

  it('has every name once', () => {
    expect(new Set(ROWS.map(([, { name }]) => name)).size).toBe(ROWS.length)
  })

  it('is all there at the first scrape, with help and type', async () => {
    const text = await createMetrics().render()
    for (const [, { name, type, help }] of ROWS) {
      expect(text).toContain(`# HELP ${name} ${help}\n`)
      expect(text).toContain(`# TYPE ${name} ${type}\n`)
    }
  })
})

describe('figures', () => {
  it('are plain numbers until they are read', async () => {
    const metrics = createMetrics()
    const cell = metrics.recordsDropped.cell('logs', 'filter/noisy')
    cell.value += 2
    metrics.recordsDropped.cell('logs', 'filter/noisy').value += 3
    metrics.commits.cell('durable').value++
    metrics.commitFsyncSeconds.observe(0.003)
    metrics.querySeconds.observe(0.2, '/api/v1/logs', '200')
    const first = await scrape(metrics)
    expect(first.get('weir_records_dropped_total{signal="logs",reason="filter/noisy"}')).toBe('5')
    expect(first.get('weir_commits_total{outcome="durable"}')).toBe('1')
    expect(first.get('weir_commit_fsync_seconds_bucket{le="0.0025"}')).toBe('0')
    expect(first.get('weir_commit_fsync_seconds_bucket{le="0.005"}')).toBe('1')
    expect(first.get('weir_query_seconds_count{route="/api/v1/logs",status="200"}')).toBe('1')
    cell.value++
    expect(
      (await scrape(metrics)).get('weir_records_dropped_total{signal="logs",reason="filter/noisy"}'),
    ).toBe('6')
  })

  it('of gauges can be asked for at the scrape', async () => {
    const metrics = createMetrics()
    let bytes = 1
    metrics.spoolBytes.onScrape((family) => {
      family.cell().value = bytes
    })
    expect((await scrape(metrics)).get('weir_spool_bytes')).toBe('1')
    bytes = 2
    expect((await scrape(metrics)).get('weir_spool_bytes')).toBe('2')
  })

  it('without labels are there before anything happened: an alert needs the zero', async () => {
    expect((await scrape(createMetrics())).get('weir_inserter_partial_groups_total')).toBe('0')
  })

  it('escape what stands in labels', async () => {
    const metrics = createMetrics()
    metrics.processorEvaluationFailures.cell('filter/"a"\n').value = 1
    expect(await metrics.render()).toContain('processor="filter/\\"a\\"\\n"')
  })

  it('are bounded in label sets: the rest is counted together', async () => {
    const metrics = createMetrics()
    for (let i = 0; i < 6000; i++) metrics.recordsRejected.cell('logs', `reason-${i}`).value++
    const samples = [...(await scrape(metrics))].filter(([name]) =>
      name.startsWith('weir_records_rejected_total{'),
    )
    expect(samples).toHaveLength(5001)
    expect(samples.reduce((sum, [, value]) => sum + Number(value), 0)).toBe(6000)
    expect(samples.at(-1)).toEqual(['weir_records_rejected_total{signal="other",reason="other"}', '1000'])
  })

  it('of two gateways are apart', async () => {
    const [one, two] = [createMetrics(), createMetrics()]
    one.engineRestarts.cell().value++
    expect((await scrape(two)).get('weir_engine_restarts_total')).toBe('0')
  })

  it('include those of the process', async () => {
    const samples = await scrape(createMetrics())
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(samples.has(name)).toBe(true)
  })
})
