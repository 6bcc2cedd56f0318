import { request as httpRequest, type ServerResponse } from 'node:http'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import { json, type Route } from '../../src/query/route.ts'
import { loadOptions } from '../config/load-options.ts'
import { AUDIENCE, ISSUER, type SigningKey, signingKey, signToken } from '../tenancy/support/issuer.ts'
import { answerJson, type LoopbackServer, loopbackServer } from '../tenancy/support/loopback-server.ts'
import { echo, echoSeveral, tenantRoute } from './probe-route.ts'
import { type Answer, startTestApi, type TestApi } from './support.ts'

const STATIC = 'static-token-0123456789'
const ORIGIN = 'https://app.example.com'
const OPAQUE = 'opaque-token-of-grace'

let key: SigningKey
let api: TestApi
let jwks: LoopbackServer
let platform: LoopbackServer

beforeAll(async () => {
  key = await signingKey('one')
})
afterEach(async () => {
  await Promise.all([api.stop(0), jwks.stop(), platform.stop()])
})

const figures: Route = {
  path: '/figures',
  methods: ['GET'],
  access: 'operator',
  handle: async () => json({}),
}

/** A static token, a JWT issuer and a platform. */
function config(): Config {
  return loadConfig(
    `
tenancy: multi
credentials: [{ name: static, token: ${STATIC}, tenants: "*", scopes: [read] }]
jwt: { jwksUrl: "${jwks.url}", issuer: "${ISSUER}", audience: ${AUDIENCE} }
authCallback: { url: "${platform.url}", timeoutMs: 500 }
api: { credentialCookie: loco_token, allowedOrigins: ["${ORIGIN}"] }
`,
    loadOptions(),
  ).config
}

async function start(): Promise<void> {
  jwks = await loopbackServer(answerJson({ keys: [key.jwk] }))
  platform = await loopbackServer((request, response) => {
    const isGrace = request.headers.authorization === `Bearer ${OPAQUE}`
    answerJson(isGrace ? { tenants: ['a', 'b'], name: 'grace' } : {}, isGrace ? 200 : 401)(request, response)
  })
  api = await startTestApi({ routes: [echo, echoSeveral, figures], config: config() })
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const seen = ({ status, text }: Answer): string => {
  const { tenantId, tenantIds, error } = JSON.parse(text)
  return status === 200 ? `200 ${tenantId ?? tenantIds?.join('|')}` : `${status} ${error.code}`
}

describe('static token, JWT and platform behind one door', () => {
  it.each<[name: string, path: string, headers: () => Promise<Record<string, string>>, expected: string]>([
    ['a static token', '/probe', async () => ({ ...bearer(STATIC), 'x-scope-orgid': 'z' }), '200 z'],
    ['a JWT', '/probe', async () => bearer(await signToken(key)), '200 a'],
    ['a JWT as a cookie', '/probe', async () => ({ cookie: `loco_token=${await signToken(key)}` }), '200 a'],
    [
      "a JWT for another's tenant",
      '/probe',
      async () => ({ ...bearer(await signToken(key)), 'x-scope-orgid': 'b' }),
      '403 forbidden',
    ],
    [
      'a JWT without a tenant',
      '/probe',
      async () => bearer(await signToken(key, { weir_tenants: [] })),
      '403 forbidden',
    ],
    ['an expired JWT', '/probe', async () => bearer(await signToken(key, { exp: 1 })), '401 unauthorized'],
    ["the platform's token", '/probe', async () => ({ ...bearer(OPAQUE), 'x-scope-orgid': 'b' }), '200 b'],
    [
      "the platform's token as a cookie",
      '/probe',
      async () => ({ cookie: `loco_token=${OPAQUE}`, 'x-scope-orgid': 'a' }),
      '200 a',
    ],
    ["the platform's token, no tenant", '/probe', async () => bearer(OPAQUE), '401 unauthorized'],
    [
      'several where one is read',
      '/probe',
      async () => ({ ...bearer(OPAQUE), 'x-scope-orgid': 'a|b' }),
      '400 bad_request',
    ],
    [
      'one, named twice, where one is read',
      '/probe',
      async () => ({ ...bearer(OPAQUE), 'x-scope-orgid': 'a|a' }),
      '200 a',
    ],
    [
      'several where several are read',
      '/several',
      async () => ({ ...bearer(OPAQUE), 'x-scope-orgid': 'b|a' }),
      '200 a|b',
    ],
    ['one where several are read', '/several', async () => bearer(await signToken(key)), '200 a'],
    [
      'several, one not its own',
      '/several',
      async () => ({ ...bearer(OPAQUE), 'x-scope-orgid': 'a|c' }),
      '403 forbidden',
    ],
    ['a token of nobody', '/probe', async () => bearer('token-of-nobody-0123'), '401 unauthorized'],
    [
      'a static token as a cookie',
      '/probe',
      async () => ({ cookie: `loco_token=${STATIC}`, 'x-scope-orgid': 'z' }),
      '401 unauthorized',
    ],
    ['no credential', '/probe', async () => ({}), '401 unauthorized'],
    ['an operator', '/figures', async () => bearer(STATIC), '200 undefined'],
    [
      'a JWT is no operator',
      '/figures',
      async () => bearer(await signToken(key, { weir_tenants: '*' })),
      '403 forbidden',
    ],
  ])('%s', async (_name, path, headers, expected) => {
    await start()
    const answer = await api.get(path, await headers())
    expect(seen(answer)).toBe(expected)
    expect(answer.headers['www-authenticate']).toBe(answer.status === 401 ? 'Bearer' : undefined)
  })

  it('the platform is not asked for what is known without it', async () => {
    await start()
    await api.get('/probe', { ...bearer(STATIC), 'x-scope-orgid': 'z' })
    await api.get('/probe', bearer(await signToken(key)))
    await api.get('/probe', bearer(await signToken(key, { exp: 1 })))
    expect(platform.arrived).toEqual([])
  })

  it('nothing is read for a client that left while the platform was asked', async () => {
    await start()
    let handled = 0
    await api.stop(0)
    api = await startTestApi({
      config: config(),
      routes: [figures, tenantRoute(async () => json({ handled: ++handled }))],
    })
    const asked = new Promise<ServerResponse>((resolve) => {
      platform.answer = (_request, response) => resolve(response)
    })
    const outgoing = httpRequest({
      host: '127.0.0.1',
      port: api.port,
      path: '/probe',
      headers: { ...bearer(OPAQUE), 'x-scope-orgid': 'a', 'x-request-id': 'r-left' },
    })
    outgoing.on('error', () => {})
    outgoing.end()
    const answer = await asked
    outgoing.destroy()
    // A whole round trip later the server has seen the end of that connection too.
    expect((await api.get('/figures', bearer(STATIC))).status).toBe(200)
    answer.end(JSON.stringify({ tenants: ['a'] }))
    await vi.waitFor(() => expect(api.logLines.join()).toContain('client_closed_request'))
    expect(handled).toBe(0)
  })

  it('pages of allowed origins may send the cookie along', async () => {
    await start()
    const headers = { origin: ORIGIN, cookie: `loco_token=${await signToken(key)}` }
    const answer = await api.get('/probe', headers)
    expect([answer.status, answer.headers['access-control-allow-credentials']]).toEqual([200, 'true'])
    const evil = await api.get('/probe', { ...headers, origin: 'https://evil.example' })
    expect([evil.status, evil.headers['access-control-allow-credentials']]).toEqual([403, undefined])
  })
})

describe('an outage', () => {
  it('of the issuer: known tokens go on, others hear 503 and when to come back', async () => {
    await start()
    jwks.answer = answerJson({}, 500)
    const token = await signToken(key)
    const answer = await api.get('/probe', { ...bearer(token), 'x-request-id': 'r-1' })
    expect([seen(answer), answer.headers['retry-after']]).toEqual(['503 unavailable', '5'])
    expect(answer.text).not.toContain(jwks.url)
    const lines = api.logLines.filter((line) => line.includes('"r-1"') && line.includes('"level":50'))
    expect(lines.map((line) => line.includes('answered 500'))).toEqual([true])
    expect(seen(await api.get('/probe', { ...bearer(STATIC), 'x-scope-orgid': 'z' }))).toBe('200 z')
  })

  it('of the platform: 503, and the log has the reason under the request id', async () => {
    await start()
    await platform.stop()
    const answer = await api.get('/probe', { ...bearer(OPAQUE), 'x-request-id': 'r-2', 'x-scope-orgid': 'a' })
    expect([seen(answer), answer.headers['retry-after']]).toEqual(['503 unavailable', '5'])
    expect(answer.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/)
    const lines = api.logLines.filter((line) => line.includes('"r-2"') && line.includes('"level":50'))
    expect(lines.map((line) => line.includes('ECONNREFUSED'))).toEqual([true])
    platform = await loopbackServer(answerJson({}))
  })
})

it('every refusal can be found by its request id, and no log line holds a credential', async () => {
  await start()
  const expired = await signToken(key, { exp: 1, email: 'ada@example.com' })
  const asked: Array<[id: string, headers: Record<string, string>]> = [
    ['q-none', {}],
    ['q-expired', bearer(expired)],
    ['q-nobody', bearer('token-of-nobody-0123')],
    ['q-cookie', { cookie: `loco_token=${OPAQUE}; other=secret-of-another-site` }],
    ['q-foreign', { ...bearer(OPAQUE), 'x-scope-orgid': 'c' }],
    ['q-malformed', { ...bearer(OPAQUE), 'x-scope-orgid': '..' }],
  ]
  for (const [id, headers] of asked) {
    const answer = await api.get('/probe', { ...headers, 'x-request-id': id })
    expect([answer.headers['x-request-id'], answer.json.error.requestId]).toEqual([id, id])
    const found = api.logLines.filter((line) => line.includes(`"${id}"`) && line.includes('failed'))
    expect(found, id).toHaveLength(1)
    expect(found[0]).toContain(answer.json.error.code)
  }
  const all = api.logLines.join('')
  for (const secret of [...expired.split('.'), OPAQUE, STATIC, 'token-of-nobody', 'another-site', 'ada@'])
    expect(all).not.toContain(secret)
})
