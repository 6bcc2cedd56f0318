import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type Platform, startPlatform } from './support/platform.ts'
import { sendLines } from './support/sender.ts'
import {
  LOKI_TAIL,
  type LokiFrame,
  lokiLines,
  NATIVE_TAIL,
  type NativeFrame,
  nativeLines,
  type Refused,
  TailClient,
} from './support/tail-client.ts'

/**
 * Scenario: two tenants, credentials of the config and of the platform, small budgets. Guarantees: nobody sees another's
 * lines, access ends when it is taken away, and refusals say why where the client can read it.
 */

const TOKENS = {
  operator: 'operator-0123456789abc',
  acme: 'acme-0123456789abcdef',
  globex: 'globex-0123456789abcd',
  both: 'both-0123456789abcdef',
  writer: 'writer-0123456789abcd',
}
const ADA = 'token-of-ada-0123456789'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const SHOP = { 'service.name': 'shop' }
const QUERY = { query: '{service_name="shop"}' }

let gateway: TestGateway
let platform: Platform

beforeAll(async () => {
  platform = await startPlatform()
  gateway = await startTestGateway(`
tenancy: multi
credentials:
  - {name: acme, token: ${TOKENS.acme}, tenants: [acme], scopes: [write, read]}
  - {name: globex, token: ${TOKENS.globex}, tenants: [globex], scopes: [write, read]}
  - {name: both, token: ${TOKENS.both}, tenants: [acme, globex], scopes: [read]}
  - {name: operator, token: ${TOKENS.operator}, tenants: '*', scopes: [read]}
  - {name: writer, token: ${TOKENS.writer}, tenants: [acme], scopes: [write]}
authCallback: {url: "${platform.url}", cookie: loco_token, cacheMs: 0, refusedCacheMs: 0}
api: {credentialCookie: loco_token}
tail: {viewersMax: 3, viewersPerTenant: 2, accessCheckMs: 100, pingIntervalMs: 100}
`)
})
afterAll(async () => {
  await gateway.stop()
  await platform.stop()
})

// The budget is small: no test may find the places of another still taken.
afterEach(async () => {
  await expect.poll(viewers).toBe(0)
})

const loki = (headers: Record<string, string>, parameters: Record<string, string> = QUERY) =>
  TailClient.open<LokiFrame>(gateway.urls.api, LOKI_TAIL, parameters, headers)
const native = (headers: Record<string, string>, parameters: Record<string, string> = QUERY) =>
  TailClient.open<NativeFrame>(gateway.urls.api, NATIVE_TAIL, parameters, headers)
const isReady = (frames: ReadonlyArray<NativeFrame>): boolean =>
  frames.some(({ type }) => type === 'heartbeat')
const bodies = (frames: ReadonlyArray<NativeFrame>): string[] => nativeLines(frames).map(({ body }) => body)
/** As the gateway counts them. */
async function viewers(): Promise<number> {
  const answer = await fetch(`${gateway.urls.api}/metrics`, { headers: bearer(TOKENS.operator) })
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('weir_tail_viewers{'))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

const tenantsHeader = { 'x-scope-orgid': 'acme|globex' }

describe('tails of two tenants', () => {
  it('never show one the lines of the other', async () => {
    const acme = await native(bearer(TOKENS.acme))
    const globex = await native(bearer(TOKENS.globex))
    await Promise.all([acme.until(isReady), globex.until(isReady)])
    await sendLines(gateway.urls.http, SHOP, ['a1', 'a2'], bearer(TOKENS.acme))
    await sendLines(gateway.urls.http, SHOP, ['g1'], bearer(TOKENS.globex))
    await sendLines(gateway.urls.http, SHOP, ['a3'], bearer(TOKENS.acme))
    await Promise.all([
      acme.until((frames) => bodies(frames).length >= 3),
      globex.until((frames) => bodies(frames).length >= 1),
    ])
    await acme.close()
    await globex.close()
    expect(bodies(acme.frames)).toEqual(['a1', 'a2', 'a3'])
    expect(bodies(globex.frames)).toEqual(['g1'])
  })

  it('show both to who may read both, each line with its tenant, which the selector knows', async () => {
    const both = await loki({ ...bearer(TOKENS.both), ...tenantsHeader }, { ...QUERY, limit: '0' })
    const one = await native(
      { ...bearer(TOKENS.both), ...tenantsHeader },
      { query: '{service_name="shop", __tenant_id__="globex"}' },
    )
    await one.until(isReady)
    await sendLines(gateway.urls.http, SHOP, ['of acme'], bearer(TOKENS.acme))
    await sendLines(gateway.urls.http, SHOP, ['of globex'], bearer(TOKENS.globex))
    await both.until((frames) => lokiLines(frames).includes('of globex'))
    const owners = both.frames.flatMap(({ streams }) =>
      streams.map(({ stream, values }) => [values[0]![1], stream.__tenant_id__]),
    )
    expect(Object.fromEntries(owners)).toMatchObject({ 'of acme': 'acme', 'of globex': 'globex' })
    await one.until((frames) => bodies(frames).includes('of globex'))
    await Promise.all([both.close(), one.close()])
    expect(bodies(one.frames)).toEqual(['of globex'])
  })

  it('send away who may not read, with the reason', async () => {
    const cases: ReadonlyArray<readonly [Record<string, string>, number, RegExp]> = [
      [{}, 1008, /credential|token/i],
      [bearer('nobody-0123456789abcd'), 1008, /.+/],
      [bearer(TOKENS.writer), 1008, /has no scope read/],
      [bearer(TOKENS.both), 1008, /^No tenant: send the header X-Scope-OrgID/i],
      [{ ...bearer(TOKENS.acme), 'x-scope-orgid': 'globex' }, 1008, /may not read the tenant "globex"/],
    ]
    for (const [headers, code, reason] of cases)
      for (const open of [loki, native]) {
        const client = await open(headers)
        const closed = await client.closed
        expect(closed.code).toBe(code)
        expect(closed.reason).toMatch(reason)
      }
  })

  it('answer what is no question of access before the upgrade', async () => {
    const cases: ReadonlyArray<readonly [Record<string, string>, number, string]> = [
      [{ ...bearer(TOKENS.acme), 'x-scope-orgid': 'a|' }, 400, 'something else than tenants'],
      [{ ...bearer(TOKENS.acme), origin: 'https://evil.example' }, 403, 'may not call the API'],
      [{ ...bearer(TOKENS.acme), host: 'evil.example' }, 421, 'is not served here'],
    ]
    for (const [headers, status, text] of cases) {
      const refused = (await loki(headers).catch((error: unknown) => error)) as Refused
      expect(refused.status).toBe(status)
      expect(refused.body).toContain(text)
    }
    const metric = (await loki(bearer(TOKENS.acme), { query: 'rate({a="b"}[1m])' }).catch(
      (error: unknown) => error,
    )) as Refused
    // As Loki: text that Grafana shows as it is.
    expect(metric.body).toBe(
      'A tail reads log lines, and this is a metric query: give its selector and stages alone.',
    )
  })

  it('have a budget, by tenant and in all', async () => {
    const open = [await native(bearer(TOKENS.acme)), await native(bearer(TOKENS.acme))]
    const third = await loki(bearer(TOKENS.acme))
    expect(await third.closed).toEqual({
      code: 1013,
      reason: '2 live tails of this tenant are open: close one (tail.viewersPerTenant).',
    })
    open.push(await native(bearer(TOKENS.globex)))
    const fourth = await native(bearer(TOKENS.globex))
    expect(await fourth.closed).toEqual({
      code: 1013,
      reason: '3 live tails are open on this gateway: try again later (tail.viewersMax).',
    })
    await Promise.all(open.map((client) => client.close()))
    // A place is free again as soon as the gateway has seen that a client has gone.
    const isIn = async (): Promise<boolean> => {
      const client = await native(bearer(TOKENS.acme))
      const closed = await Promise.race([client.until(isReady), client.closed])
      await client.close()
      return Array.isArray(closed)
    }
    await expect.poll(isIn).toBe(true)
    await expect.poll(viewers).toBe(0)
  })

  it('end when access is revoked, and not when it can not be asked', async () => {
    platform.users.set(ADA, { tenants: ['acme'], scopes: ['read'] })
    const client = await native({ cookie: `loco_token=${ADA}` })
    await client.until(isReady)
    platform.isDown = true
    await platform.asked(2)
    platform.isDown = false
    await sendLines(gateway.urls.http, SHOP, ['still'], bearer(TOKENS.acme))
    await client.until((frames) => bodies(frames).includes('still'))
    platform.users.delete(ADA)
    const { code, reason } = await client.closed
    expect(code).toBe(1008)
    expect(reason).toMatch(/^Access was revoked: /)
  })
})
