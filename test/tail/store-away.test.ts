import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { sendLines } from './support/sender.ts'
import { NATIVE_TAIL, type NativeFrame, nativeLines, TailClient } from './support/tail-client.ts'

/** Scenario: ClickHouse does not answer. Guarantees: live lines come all the same; what can't be read is an announced gap. */

const SHOP = { 'service.name': 'shop' }
const QUERY = { query: '{service_name="shop"}' }

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway(
    'clickhouse: {url: "http://127.0.0.1:1"}\ntail: {catchUpMsMax: 200, pingIntervalMs: 100, lingerMs: 0}\n',
    { storeGraceMs: 1 },
  )
})
afterAll(() => gateway.gateway.stop())

const open = (parameters: Record<string, string>) =>
  TailClient.open<NativeFrame>(gateway.urls.api, NATIVE_TAIL, { ...QUERY, ...parameters })
const isReady = (frames: ReadonlyArray<NativeFrame>): boolean =>
  frames.some(({ type }) => type === 'heartbeat')
const gaps = (frames: ReadonlyArray<NativeFrame>) =>
  frames.filter(({ type }) => type === 'gap').map(({ reason }) => reason)

async function viewers(): Promise<number> {
  const text = await (await fetch(`${gateway.urls.api}/metrics`)).text()
  return Number(/^weir_tail_viewers\{front="native"\} (\d+)$/m.exec(text)?.[1])
}

describe('a tail without ClickHouse', () => {
  it('follows from now on', async () => {
    const client = await open({})
    await client.until(isReady)
    await sendLines(gateway.urls.http, SHOP, ['one'])
    await client.until((frames) => nativeLines(frames).length === 1)
    expect(gaps(client.frames)).toEqual([])
    await client.close()
  })

  it('says that the past is missing, and goes on with what is remembered', async () => {
    // What came before anybody watched is nowhere but in the spool.
    await expect.poll(viewers).toBe(0)
    const watching = await open({})
    await watching.until(isReady)
    await sendLines(gateway.urls.http, SHOP, ['two'])
    await watching.until((frames) => nativeLines(frames).length === 1)
    const client = await open({ start: '2000-01-01T00:00:00Z' })
    await client.until(isReady)
    expect(gaps(client.frames)).toEqual([
      'Stored lines can not be read now.',
      'Received lines are not in ClickHouse yet: they follow once they are.',
    ])
    expect(nativeLines(client.frames).map(({ body }) => body)).toContain('two')
    await sendLines(gateway.urls.http, SHOP, ['three'])
    await client.until((frames) => nativeLines(frames).at(-1)?.body === 'three')
    await Promise.all([client.close(), watching.close()])
  })
})
