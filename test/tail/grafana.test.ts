import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { sendLines } from './support/sender.ts'
import { LOKI_TAIL, type LokiFrame, lokiLines, TailClient } from './support/tail-client.ts'

/**
 * Scenario: Grafana's Live button and `logcli query --tail`, which speak to a whole gateway. Guarantees: frames are Loki's,
 * stored lines come first, live ones follow, none twice, none missed.
 */

const SHOP = { 'service.name': 'shop', 'k8s.namespace.name': 'prod', 'k8s.pod.name': 'shop-0' }

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway('tail: {pingIntervalMs: 100}')
})
afterAll(() => gateway.stop())

const open = (parameters: Record<string, string>) =>
  TailClient.open<LokiFrame>(gateway.urls.api, LOKI_TAIL, parameters)

describe('the Live button', () => {
  it('sends a query only, and shows stored lines, then live ones', async () => {
    await sendLines(gateway.urls.http, SHOP, ['old 1', 'old 2'])
    const client = await open({ query: '{service_name="shop"}' })
    await client.until((frames) => lokiLines(frames).length === 2)
    await sendLines(gateway.urls.http, SHOP, ['new 1', 'new 2'])
    const frames = await client.until((all) => lokiLines(all).length >= 4)
    expect(lokiLines(frames)).toEqual(['old 1', 'old 2', 'new 1', 'new 2'])
    for (const frame of frames) {
      expect(Object.keys(frame)).toEqual(['streams'])
      for (const { stream, values } of frame.streams) {
        expect(stream).toMatchObject({
          service_name: 'shop',
          k8s_namespace_name: 'prod',
          detected_level: 'unknown',
        })
        // Strictly pairs of texts: Grafana's reader takes nothing else.
        for (const value of values)
          expect(value).toEqual([expect.stringMatching(/^\d{19}$/), expect.any(String)])
      }
    }
    await client.untilPings(2)
    await client.close()
  })
})
