import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { request } from '../e2e/support/random-request.ts'
import { encodeLogsRequest } from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { NATIVE_TAIL, type NativeFrame, nativeLines, TailClient } from './support/tail-client.ts'

/**
 * Scenario: requests of every shape, watched live, then read back from ClickHouse by the same query. Guarantee: a line is the
 * same in both, label by label: text, time, stream labels, metadata.
 */

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const open = (parameters: Record<string, string>) =>
  TailClient.open<NativeFrame>(gateway.urls.api, NATIVE_TAIL, {
    query: '{service_name=~".+"}',
    ...parameters,
  })

describe('a live line', () => {
  it('is what history says of it', { timeout: 60_000 }, async () => {
    const live = await open({})
    await live.until((frames) => frames.some(({ type }) => type === 'heartbeat'))
    const sent = fc.sample(request, { numRuns: 40, seed: 7 })
    for (const each of sent) {
      const response = await fetch(`${gateway.urls.http}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(encodeLogsRequest(each)),
      })
      expect(response.status).toBe(200)
      await response.arrayBuffer()
    }
    // A line of our own comes last: everything before it has come.
    const last = encodeLogsRequest({
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: [
                { timeUnixNano: BigInt(Date.now()) * 1_000_000n, body: { stringValue: 'the last' } },
              ],
            },
          ],
        },
      ],
    })
    await fetch(`${gateway.urls.http}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(last),
    })
    const isLast = (frames: ReadonlyArray<NativeFrame>): boolean =>
      nativeLines(frames).some(({ body }) => body === 'the last')
    const liveLines = nativeLines(await live.until(isLast))
    expect(liveLines.length).toBeGreaterThan(100)

    // Until all of it is in ClickHouse, history ends with what the ring remembers: asked again until nothing is live.
    await expect
      .poll(
        async () => {
          const answer = await fetch(`${gateway.urls.api}/metrics`)
          return /^weir_spool_oldest_seconds 0$/m.test(await answer.text())
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    const stored = await open({ start: '2000-01-01T00:00:00Z' })
    const storedLines = nativeLines(
      await stored.until((frames) => frames.some(({ type }) => type === 'heartbeat')),
    )
    const byPlace = (lines: typeof liveLines) =>
      new Map(lines.map((line) => [`${line.lane} ${line.seq}`, line]))
    expect(byPlace(storedLines)).toEqual(byPlace(liveLines))
    await Promise.all([live.close(), stored.close()])
  })
})
