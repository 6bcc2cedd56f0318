import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { CredentialConfig } from '../../src/config/access.ts'
import { defaultConfig } from '../../src/config/schema.ts'
import { Secret } from '../../src/config/secret.ts'
import { json, type Route } from '../../src/query/route.ts'
import { DatabaseError } from '../../src/store/database.ts'
import { echo, tenantRoute } from './probe-route.ts'
import { startTestApi, type TestApi, type TestApiOptions } from './support.ts'

let api: TestApi | undefined
async function start(options: TestApiOptions): Promise<TestApi> {
  api = await startTestApi(options)
  return api
}
afterEach(async () => {
  await api?.stop(0)
  api = undefined
})

describe('doors', () => {
  const config = {
    ...defaultConfig(),
    api: { allowedOrigins: ['https://grafana.example'], servedHosts: ['weir.example'] },
  }

  it.each([
    ['127.0.0.1', undefined, 200],
    ['localhost:3100', undefined, 200],
    ['weir.example', undefined, 200],
    ['evil.example', undefined, 421],
    ['weir.example.evil.example', undefined, 421],
    ['weir.example', 'https://grafana.example', 200],
    ['weir.example', 'https://evil.example', 403],
    ['weir.example', 'null', 403],
    ['evil.example', 'https://grafana.example', 421],
    ['evil.example', 'http://evil.example', 421],
  ])('Host %s, Origin %s: %i', async (host, origin, status) => {
    const { get } = await start({ routes: [echo], config })
    const answer = await get('/probe', { host, ...(origin ? { origin } : {}) })
    expect(answer.status).toBe(status)
    expect(answer.headers['access-control-allow-origin']).toBe(status === 200 ? origin : undefined)
    expect(
      answer.headers['access-control-allow-credentials'],
      'no cookie is a credential here',
    ).toBeUndefined()
    if (status !== 200)
      expect(answer.json.error.code).toBe(status === 421 ? 'host_not_served' : 'origin_not_allowed')
  })

  it('guard paths that do not exist, and every endpoint', async () => {
    const { get } = await start({ config })
    for (const path of ['/healthz', '/readyz', '/metrics', '/api/v1/logs', '/nothing'])
      expect([path, (await get(path, { host: 'evil.example' })).status]).toEqual([path, 421])
  })

  it.each([
    ['https://grafana.example', 204, 'https://grafana.example'],
    ['https://evil.example', 403, undefined],
  ])('preflight of %s: %i', async (origin, status, allowed) => {
    const { get } = await start({ routes: [echo], config })
    const headers = { host: 'weir.example', origin, 'access-control-request-method': 'GET' }
    const answer = await get('/probe', headers, 'OPTIONS')
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, allowed])
    if (status === 204)
      expect(answer.headers['access-control-allow-headers']).toBe(
        'authorization, content-type, x-request-id, x-scope-orgid',
      )
  })

  it('a preflight allows the header that names tenants, whatever it is called', async () => {
    const tenancy = { ...config.tenancy, header: 'X-Workspace' }
    const { get } = await start({ routes: [echo], config: { ...config, tenancy } })
    const origin = 'https://grafana.example'
    const headers = { host: 'weir.example', origin, 'access-control-request-method': 'GET' }
    const answer = await get('/probe', headers, 'OPTIONS')
    expect(answer.headers['access-control-allow-headers']).toContain('x-workspace')
  })
})

describe('access', () => {
  const credential = (
    name: string,
    tenants: '*' | string[],
    scopes: CredentialConfig['scopes'],
  ): CredentialConfig => ({
    name,
    tenants,
    scopes,
    tokenSha256: new Secret(createHash('sha256').update(`token-of-${name}-long`).digest('hex')),
  })
  const base = defaultConfig()
  const multi = {
    tenancy: { ...base.tenancy, mode: 'multi' as const },
    credentials: [
      credential('acme', ['acme'], ['read']),
      credential('two', ['acme', 'umbrella'], ['read']),
      credential('all', '*', ['read']),
      credential('writer', ['acme'], ['write']),
    ],
  }

  it.each([
    ['/probe', undefined, undefined, 401, undefined],
    ['/probe', 'nobody', undefined, 401, undefined],
    ['/probe', 'acme', undefined, 200, 'acme'],
    ['/probe', 'acme', 'acme', 200, 'acme'],
    ['/probe', 'acme', 'umbrella', 403, undefined],
    ['/probe', 'two', undefined, 401, undefined],
    ['/probe', 'two', 'umbrella', 200, 'umbrella'],
    ['/probe', 'all', 'a b', 400, undefined],
    ['/probe', 'writer', undefined, 403, undefined],
    ['/figures', undefined, undefined, 401, undefined],
    ['/figures', 'acme', undefined, 403, undefined],
    ['/figures', 'writer', undefined, 403, undefined],
    ['/figures', 'all', undefined, 200, undefined],
    ['/open', undefined, undefined, 200, undefined],
  ])('%s as %s for %s: %i', async (path, name, tenant, status, seen) => {
    const figures: Route = {
      path: '/figures',
      methods: ['GET'],
      access: 'operator',
      handle: async () => json({}),
    }
    const { get } = await start({
      routes: [echo, figures, { ...figures, path: '/open', access: 'open' }],
      config: multi,
    })
    const answer = await get(path, {
      ...(name ? { authorization: `Bearer token-of-${name}-long` } : {}),
      ...(tenant ? { 'x-scope-orgid': tenant } : {}),
    })
    expect(answer.status).toBe(status)
    if (seen) expect(answer.json.tenantId).toBe(seen)
    if (status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it('ignores the tenant header with a single tenant', async () => {
    const { get } = await start({ routes: [echo] })
    expect((await get('/probe', { 'x-scope-orgid': 'umbrella' })).json.tenantId).toBe('default')
  })
})

describe('errors', () => {
  it('404 and 405 are sentences', async () => {
    const { get } = await start({ routes: [echo] })
    const missing = await get('/nothing?here', { 'x-request-id': 'mine-1' })
    expect(missing.status).toBe(404)
    expect(missing.json).toEqual({
      error: { code: 'not_found', message: expect.stringContaining('docs/api.md'), requestId: 'mine-1' },
    })
    const wrong = await get('/probe', {}, 'POST')
    expect([wrong.status, wrong.headers.allow, wrong.json.error.code]).toEqual([
      405,
      'GET',
      'method_not_allowed',
    ])
  })

  it.each(['/%E0%A4%A', '/probe/%ZZ'])('a broken URL is refused in the same shape: %s', async (path) => {
    const { get } = await start({ routes: [echo] })
    const answer = await get(path)
    expect([answer.status, answer.json.error.code]).toEqual([400, 'bad_request'])
    expect(answer.headers['x-request-id']).toBe(answer.json.error.requestId)
  })

  it('bytes that are no HTTP are refused in the same shape', async () => {
    const { port, logLines } = await start({ routes: [echo] })
    const socket = connect(port, '127.0.0.1')
    socket.end('GET /probe HTTP/1.1\r\nauthorization: Bearer canary\r\nbad header\r\n\r\n')
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    const { error } = JSON.parse(text.slice(text.indexOf('\r\n\r\n')))
    expect(error.code).toBe('bad_request')
    const found = logLines.filter((line) => line.includes(error.requestId))
    expect(found).toHaveLength(1)
    expect(found[0]).not.toContain('canary')
  })

  it.each([
    ['abc.DEF_1-2', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['a b', false],
    ["1' OR", false],
  ])('request id %s is kept: %s', async (id, kept) => {
    const { get } = await start({ routes: [echo] })
    const answer = await get('/probe', { 'x-request-id': id })
    if (kept) expect(answer.headers['x-request-id']).toBe(id)
    else expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  const secret = 'SELECT x FROM weir.logs at ch.internal:8123 failed'
  it.each([
    [new DatabaseError('refused', 62, secret), 500, 'internal', undefined],
    [new DatabaseError('busy', 202, secret), 503, 'database_unavailable', '5'],
    [new DatabaseError('unknown', 0, secret), 503, 'database_unavailable', '5'],
    [new DatabaseError('unknown', 159, secret), 504, 'query_timeout', undefined],
    [new DatabaseError('unknown', 158, secret), 422, 'query_too_large', undefined],
    [new DatabaseError('busy', 241, secret), 422, 'query_too_large', undefined],
    [new Error(secret), 500, 'internal', undefined],
    [Object.assign(new Error(secret), { statusCode: 400 }), 400, 'bad_request', undefined],
    ['a thrown string', 500, 'internal', undefined],
  ])('%s becomes %i %s', async (error, status, code, retryAfter) => {
    const { get, logLines } = await start({
      routes: [
        tenantRoute(async () => {
          throw error
        }),
      ],
    })
    const answer = await get('/probe', { 'x-request-id': 'r-1' })
    expect([answer.status, answer.json.error.code, answer.headers['retry-after']]).toEqual([
      status,
      code,
      retryAfter,
    ])
    expect(answer.text).not.toMatch(/SELECT|weir\.logs|8123|\.ts/)
    if (status >= 500 && error instanceof Error)
      expect(logLines.filter((line) => line.includes('"r-1"') && line.includes('ch.internal'))).toHaveLength(
        1,
      )
  })
})
