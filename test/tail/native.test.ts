import { rm } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { sendLines } from './support/sender.ts'
import {
  lastResume,
  NATIVE_TAIL,
  type NativeFrame,
  nativeLines,
  Refused,
  TailClient,
} from './support/tail-client.ts'

/** Scenario: `WS /api/v1/tail` of a whole gateway. Guarantees: its frames, and a place that outlives the gateway. */

const SHOP = {
  'service.name': 'shop',
  'k8s.namespace.name': 'prod',
  'k8s.pod.name': 'shop-0',
  'k8s.container.name': 'app',
}
const QUERY = { query: '{app="shop"}' }

let gateway: TestGateway
afterEach(() => gateway.stop())

const open = (parameters: Record<string, string>) =>
  TailClient.open<NativeFrame>(gateway.urls.api, NATIVE_TAIL, parameters)
const isReady = (frames: ReadonlyArray<NativeFrame>): boolean =>
  frames.some(({ type }) => type === 'heartbeat')
const bodies = (frames: ReadonlyArray<NativeFrame>): string[] => nativeLines(frames).map(({ body }) => body)

describe('the native tail', () => {
  it('says hello, follows from now on, runs every stage, and beats', async () => {
    gateway = await startTestGateway('tail: {pingIntervalMs: 100}')
    await sendLines(gateway.urls.http, SHOP, ['before'])
    const client = await open({
      query: '{namespace="prod"} | json | level="error" | line_format "{{.msg}}!"',
    })
    await client.until(isReady)
    expect(client.frames[0]).toEqual({
      type: 'hello',
      version: 1,
      query: '{namespace="prod"} | json | level="error" | line_format "{{.msg}}!"',
      tenants: ['default'],
      sources: [{ name: 'receive', gatewayId: expect.any(String), otherGateways: 'polled' }],
      heartbeatMs: 100,
    })
    await sendLines(gateway.urls.http, SHOP, [
      '{"level":"info","msg":"no"}',
      { body: '{"level":"error","msg":"broken"}', attributes: { user: 'ada' } },
    ])
    const [line] = nativeLines(await client.until((frames) => bodies(frames).length > 0))
    expect(line).toMatchObject({
      body: 'broken!',
      service: 'shop',
      namespace: 'prod',
      pod: 'shop-0',
      container: 'app',
      labels: { service_name: 'shop', k8s_pod_name: 'shop-0' },
      metadata: { user: 'ada', detected_level: 'error' },
      parsed: { level: 'error', msg: 'broken' },
    })
    const beats = (frames: ReadonlyArray<NativeFrame>) =>
      frames.filter(({ type }) => type === 'heartbeat').length
    await client.until((frames) => beats(frames) >= 3)
    expect(bodies(client.frames)).toEqual(['broken!'])
    await client.close()
  })

  it('goes on after a restart of the gateway where it ended: nothing missed, nothing twice', async () => {
    const options = 'inserter: {groupAgeMs: 300, thinGroupAgeMs: 300}'
    const first = await startTestGateway(options)
    gateway = first
    const before = await open(QUERY)
    await before.until(isReady)
    await sendLines(first.urls.http, SHOP, ['one', 'two'])
    await before.until((frames) => bodies(frames).length === 2)
    const resume = lastResume(before.frames)
    await sendLines(first.urls.http, SHOP, ['three'])
    await first.gateway.stop()
    expect(await before.closed).toEqual({ code: 1001, reason: 'The gateway is stopping: connect again.' })
    expect(before.frames.at(-1)).toMatchObject({ type: 'end', code: 1001 })

    const second = await startTestGateway(options, { dataDir: first.dataDir })
    gateway = {
      ...second,
      stop: async () => {
        await second.gateway.stop()
        await rm(first.dataDir, { recursive: true, force: true })
      },
    }
    await sendLines(second.urls.http, SHOP, ['four'])
    const after = await open({ ...QUERY, resume })
    await after.until(isReady)
    await sendLines(second.urls.http, SHOP, ['five'])
    await after.until((frames) => bodies(frames).includes('five'))
    expect(bodies(after.frames)).toEqual(['three', 'four', 'five'])
    await after.close()
  })

  it('begins with stored lines, as many as are asked for', async () => {
    gateway = await startTestGateway()
    await sendLines(gateway.urls.http, SHOP, ['1', '2', '3'])
    const client = await open({ ...QUERY, limit: '2' })
    // What is not inserted yet is told after the newest stored ones.
    await client.until((frames) => isReady(frames))
    expect(bodies(client.frames).slice(-2)).toEqual(['2', '3'])
    await sendLines(gateway.urls.http, SHOP, ['4'])
    await client.until((frames) => bodies(frames).at(-1) === '4')
    await client.close()
  })

  it('says what it leaves out of a past that is too large', async () => {
    gateway = await startTestGateway('tail: {historyLinesMax: 2}')
    await sendLines(gateway.urls.http, SHOP, ['1', '2', '3', '4'])
    await expect
      .poll(
        async () => {
          const answer = await fetch(`${gateway.urls.api}/metrics`)
          return /^weir_spool_oldest_seconds 0$/m.test(await answer.text())
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    const client = await open({ ...QUERY, start: '2000-01-01T00:00:00Z' })
    await client.until(isReady)
    expect(client.frames.find(({ type }) => type === 'gap')).toMatchObject({
      fromNs: '946684800000000000',
      reason: 'More than 2 lines are stored: the older ones are left out.',
    })
    expect(bodies(client.frames)).toEqual(['3', '4'])
    await client.close()
  })

  it('refuses what makes no sense, before the upgrade', async () => {
    gateway = await startTestGateway()
    const client = await open(QUERY)
    await client.until(isReady)
    const resume = lastResume(client.frames)
    await client.close()
    const cases: ReadonlyArray<readonly [Record<string, string>, string]> = [
      [{}, 'query is missing'],
      [{ query: 'rate({app="shop"}[5m])' }, 'this is a metric query'],
      [{ query: '{app="shop"' }, 'parse error at line 1'],
      [{ query: '{app=~".*"}' }, 'queries require at least one'],
      [{ ...QUERY, limit: '-1' }, 'limit=\\"-1\\" is out of range'],
      [{ ...QUERY, limit: '5001' }, 'tail.historyLinesMax'],
      [{ ...QUERY, start: 'yesterday' }, 'start=\\"yesterday\\" expected RFC 3339'],
      [{ ...QUERY, since: '5m' }, 'There is no parameter'],
      [{ ...QUERY, resume: 'nonsense!' }, 'is no resume token'],
      [{ ...QUERY, resume: Buffer.from('[2,"x"]').toString('base64url') }, 'is no resume token'],
      [{ query: '{app="other"}', resume }, 'belongs to another query'],
      [{ ...QUERY, resume, limit: '5' }, 'resume stands alone'],
    ]
    for (const [parameters, message] of cases) {
      const refused = await open(parameters).catch((error: unknown) => error as Refused)
      expect(refused).toBeInstanceOf(Refused)
      expect((refused as Refused).status).toBe(400)
      expect((refused as Refused).body).toContain(message)
    }
    const plain = await fetch(`${gateway.urls.api}${NATIVE_TAIL}?query=x`)
    expect(plain.status).toBe(426)
    expect(await plain.text()).toContain('speaks WebSocket')
  })
})
