import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { sendLines } from './support/sender.ts'
import { LOKI_TAIL, type LokiFrame, lokiLines, type Refused, TailClient } from './support/tail-client.ts'

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

describe('logcli --tail', () => {
  it('sends start, limit and delay_for, and comes back from its last time', async () => {
    const shop = { ...SHOP, 'service.name': 'logcli' }
    const query = '{service_name="logcli"} |= "keep"'
    const start = String(BigInt(Date.now() - 60_000) * 1_000_000n)
    await sendLines(gateway.urls.http, shop, ['keep 1', 'drop 2', 'keep 3', 'keep 4'])
    await isInserted()
    const client = await open({ query, delay_for: '1', limit: '2', start })
    await client.until((frames) => lokiLines(frames).length === 2)
    await sendLines(gateway.urls.http, shop, ['keep 5', 'drop 6'])
    await client.until((frames) => lokiLines(frames).length === 3)
    expect(lokiLines(client.frames)).toEqual(['keep 3', 'keep 4', 'keep 5'])
    await client.close()
    await isInserted()
    const last = client.frames.at(-1)!.streams[0]!.values[0]![0]
    const again = await open({ query, start: last, limit: '30' })
    await again.until((frames) => lokiLines(frames).length === 1)
    expect(lokiLines(again.frames)).toEqual(['keep 5'])
    await again.close()
  })

  it.each<[parameters: Record<string, string>, text: string]>([
    [{}, 'query is missing: give a LogQL query such as {namespace="shop"} |= "error".'],
    [
      { query: '{a="b"}', delay_for: '6' },
      'delay_for="6" is out of range: expected whole seconds from 0 to 5.',
    ],
    [{ query: '{a="b"}', limit: 'ten' }, 'limit="ten" is out of range'],
    [{ query: '{a="b"}', start: 'x' }, 'start="x" expected nanoseconds or seconds'],
    [{ query: '{a="b"} |= ' }, 'parse error at line 1, col '],
    [{ query: 'sum(rate({a="b"}[1m]))' }, 'A tail reads log lines'],
  ])('hears what is wrong with %j as text, before the upgrade', async (parameters, text) => {
    const refused = (await open(parameters).catch((error: unknown) => error)) as Refused
    expect(refused.status).toBe(400)
    expect(refused.body).toContain(text)
  })
})

describe('what clients leave behind', () => {
  it('is nothing: no socket, no viewer', async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    const ready = await open({ query: '{service_name="shop"}', limit: '0' })
    await ready.close()
    await expect.poll(viewers).toBe(0)
    const before = sockets()
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(
        Array.from({ length: 20 }, () => open({ query: '{service_name="shop"}', limit: '0' })),
      )
      // Half say good-bye, half are cut.
      for (const [i, client] of clients.entries()) {
        if (i % 2 === 0) client.socket.close()
        else client.socket.terminate()
      }
      await Promise.all(clients.map(({ closed }) => closed))
    }
    await expect.poll(viewers).toBe(0)
    await expect.poll(sockets).toBeLessThanOrEqual(before)
  })
})

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.urls.api}/metrics`, { headers: { connection: 'close' } })).text()
  const lines = text.split('\n').filter((line) => line.startsWith(name))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

const viewers = (): Promise<number> => metric('weir_tail_viewers')

async function isInserted(): Promise<void> {
  await expect.poll(() => metric('weir_spool_oldest_seconds'), { timeout: 20_000 }).toBe(0)
}
