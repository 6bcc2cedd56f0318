import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../../src/cli/exit-code.ts'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { weir } from '../support/command.ts'
import { canary, canaryRead } from './support/canary.ts'

/** Scenario: canaries of a real gateway with its ClickHouse. Guarantee: every line is live once and stored once. */

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

  it('shows to who comes later what was written before', async () => {
    const { api, http } = gateway.urls
    await canary({ address: api, otlp: http, forLines: '100', writer: 'before' })
    const { exitCode, report } = await canaryRead({
      address: api,
      query: '{app="weir-canary"} |= "writer=before "',
      since: '10m',
      forLines: '100',
      settle: '10s',
    })
    expect(report).toMatchObject({
      clean: true,
      written: 100,
      live: { lines: 100, ...CLEAN_SIDE },
      stored: { lines: 100, ...CLEAN_SIDE },
    })
    expect(exitCode).toBe(EXIT.done)
  })
})
