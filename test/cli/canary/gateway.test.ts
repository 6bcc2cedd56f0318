import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readStamp } from '../../../src/cli/canary/ledger/stamp.ts'
import { EXIT } from '../../../src/cli/exit-code.ts'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { startWeir, weir } from '../support/command.ts'
import { canary, canaryRead } from './support/canary.ts'

/**
 * Scenario: canaries of a real gateway with its ClickHouse. Guarantee: every line is live once and stored once, over a restart of the
 * gateway too; and what the command promises as a process.
 */

describe('a gateway', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startTestGateway('tail: {pingIntervalMs: 200, queueBytesMax: 8MiB}')
  })
  afterAll(() => gateway.stop())

  const CLEAN_SIDE = { missing: 0, duplicate: 0, outOfOrder: 0, damaged: 0 }

  it.each(['native', 'loki'])('keeps every line, as %s history', async (history) => {
    const { exitCode, report } = await canary({
      address: gateway.urls.api,
      otlp: gateway.urls.http,
      forLines: '1200',
      burst: '150',
      longEvery: '50',
      settle: '20s',
      rate: '300',
      history,
    })
    expect(report).toMatchObject({
      clean: true,
      runs: 1,
      written: 1200,
      live: { lines: 1200, ...CLEAN_SIDE, gaps: 0, dropped: 0, connections: 1 },
      stored: { lines: 1200, ...CLEAN_SIDE },
    })
    expect(exitCode).toBe(EXIT.done)
  })

  it('is read by one process while another writes, and its metrics say so', async () => {
    let metrics = ''
    const seen = Promise.withResolvers<void>()
    const reading = canaryRead(
      { address: gateway.urls.api, settle: '20s', metricsPort: '0', forLines: '100' },
      {
        async onMetrics(port) {
          await seen.promise
          metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
        },
      },
    )
    const written: string[] = [
      'canary',
      'write',
      '--otlp',
      gateway.urls.http,
      '--rate',
      '200',
      '--writer',
      'w',
    ]
    const { exitCode } = await weir([...written, '--for-lines', '80'])
    expect(exitCode).toBe(EXIT.done)
    seen.resolve()
    await expect
      .poll(() => metrics, { timeout: 10_000 })
      .toMatch(/^weir_canary_lines_total\{side="live"\} \d+$/m)
    expect(metrics).toMatch(/^weir_canary_clean 1$/m)
    expect(metrics).toMatch(/^weir_canary_duplicate_lines_total\{side="stored"\} 0$/m)
    expect(metrics).toMatch(/^weir_canary_latency_seconds_count\{side="live"\} [1-9]/m)
    await weir([...written, '--for-lines', '120'])
    const { exitCode: read, report } = await reading
    expect(report).toMatchObject({ clean: true, live: CLEAN_SIDE, stored: CLEAN_SIDE })
    expect(report.runs).toBeGreaterThanOrEqual(1)
    expect(read).toBe(EXIT.done)
  })
})

describe('a gateway whose viewers are slower than its lines', () => {
  it('drops lines and says which: the canary misses none that was not told', async () => {
    const gateway = await startTestGateway('tail: {pingIntervalMs: 200, queueBytesMax: 16KiB}')
    const { exitCode, report } = await canary({
      address: gateway.urls.api,
      otlp: gateway.urls.http,
      forLines: '2000',
      rate: '10000',
      settle: '5s',
    })
    const { live, stored } = report
    expect(live).toMatchObject({ unannounced: 0, duplicate: 0, outOfOrder: 0, damaged: 0 })
    expect(live!.missing).toBeGreaterThan(0)
    expect([live!.announced, live!.dropped]).toEqual([live!.missing, live!.missing])
    expect(stored).toMatchObject({ lines: 2000, missing: 0, duplicate: 0 })
    expect([report.clean, exitCode]).toEqual([true, EXIT.done])
    await gateway.stop()
  })
})

describe('a gateway that restarts', () => {
  it('shows every line once, live and stored', { timeout: 120_000 }, async () => {
    const listen = (http: string, api: string) =>
      `listen: {grpc: 127.0.0.1:0, http: "127.0.0.1:${http}", api: "127.0.0.1:${api}"}\ntail: {pingIntervalMs: 200}\n`
    const first = await startTestGateway(listen('0', '0'))
    const { http, api } = first.urls
    const running = canary({
      address: api,
      otlp: http,
      rate: '100',
      forLines: '600',
      settle: '40s',
      longEvery: '20',
    })
    const lines = async (): Promise<number> => {
      const answer = await fetch(`${api}/api/v1/logs?limit=1000&app=weir-canary`)
      return ((await answer.json()) as { records: unknown[] }).records.length
    }
    await expect.poll(lines, { timeout: 20_000 }).toBeGreaterThan(50)
    await first.gateway.stop()
    const yaml = listen(new URL(http).port, new URL(api).port)
    const second = await startTestGateway(yaml, { dataDir: first.dataDir })
    const { exitCode, report, errors } = await running
    // What ClickHouse could not say at once, while it started, was announced and came.
    expect(report).toMatchObject({
      clean: true,
      runs: 1,
      written: 600,
      live: { lines: 600, missing: 0, duplicate: 0, outOfOrder: 0, connections: 2 },
      stored: { lines: 600, missing: 0, duplicate: 0, outOfOrder: 0 },
    })
    expect(errors).toContain('The gateway is stopping: connect again. Connects again.')
    expect(exitCode).toBe(EXIT.done)
    await second.gateway.stop()
    await rm(first.dataDir, { recursive: true, force: true })
  })
})

describe('weir canary', () => {
  const directories: string[] = []
  afterEach(async () => {
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true })
  })

  it('writes to a file: as many lines as it was told, in order, the last one says so', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'weir-canary-'))
    directories.push(directory)
    const file = join(directory, 'app.log')
    const words = ['canary', 'write', '--file', file, '--rate', '1000', '--for-lines', '250', '--writer', 'w']
    expect(await weir(words)).toEqual({ exitCode: EXIT.done, out: '', error: '' })
    const lines = (await readFile(file, 'utf8')).split('\n')
    expect(lines.pop()).toBe('')
    const stamps = lines.map(readStamp)
    expect(stamps.map((stamp) => stamp !== 'damaged' && stamp?.seq)).toEqual(
      Array.from({ length: 250 }, (_, seq) => seq),
    )
    expect(stamps.at(-1)).toMatchObject({ isLast: true, writer: 'w' })
    expect(lines.map(({ length }, i) => (length >= 20_000 ? i : -1)).filter((i) => i >= 0)).toEqual([99, 199])
  })

  it('writes to stdout until SIGTERM, and then its last line', async () => {
    const { child, done } = startWeir(['canary', 'write', '--rate', '200'])
    await new Promise((resolve) => child.stdout!.once('data', resolve))
    child.kill('SIGTERM')
    const { exitCode, out } = await done
    expect(exitCode).toBe(EXIT.done)
    expect(readStamp(out.trimEnd().split('\n').at(-1)!)).toMatchObject({ isLast: true })
  })

  const ADDRESS = 'http://127.0.0.1:1'
  it.each<[options: Parameters<typeof canary>[0], message: string]>([
    [{ address: ADDRESS }, 'Give --otlp or --file: stdout is for the report.'],
    [{ address: ADDRESS, otlp: 'there' }, '--otlp there is no address'],
    [{ address: 'nowhere', otlp: ADDRESS }, '--address nowhere is no address'],
    [
      { address: ADDRESS, otlp: ADDRESS, rate: '0' },
      '--rate 0 is out of range: expected a number from 0.001',
    ],
    [{ address: ADDRESS, otlp: ADDRESS, forLines: '1.5' }, '--for-lines 1.5 is no whole number.'],
    [{ address: ADDRESS, otlp: ADDRESS, writer: 'a b' }, '--writer a b is no name'],
    [{ address: ADDRESS, otlp: ADDRESS, duration: 'long' }, '--duration long is no duration'],
    [
      { address: ADDRESS, otlp: ADDRESS, burst: '5', burstEvery: '90d' },
      '--burst-every 90d is out of range: expected 1ms to 24d.',
    ],
    [{ address: ADDRESS, otlp: ADDRESS, metricsPort: '70000' }, '--metrics-port 70000 is out of range'],
  ])('refuses %j in a sentence', async (options, message) => {
    const { exitCode, out, errors } = await canary(options)
    expect([exitCode, out]).toEqual([EXIT.refused, ''])
    expect(errors).toContain(message)
  })

  it('says that no gateway answers', async () => {
    const { exitCode, error } = await weir(['canary', 'read', '--address', 'http://127.0.0.1:1'])
    expect(exitCode).toBe(EXIT.failed)
    expect(error).toContain('http://127.0.0.1:1 does not answer (ECONNREFUSED)')
  })
})
