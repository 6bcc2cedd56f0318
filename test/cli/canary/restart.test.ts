import { rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../../src/cli/exit-code.ts'
import { startTestGateway } from '../../support/gateway.ts'
import { canary } from './support/canary.ts'

/**
 * Scenario: a gateway that restarts under a canary, and one whose viewers are slower than its lines. Guarantee: every line once, or
 * announced.
 */

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
