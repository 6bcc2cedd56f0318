import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Refusal } from '../../src/otlp/refusal.ts'
import { encodeMessage } from '../otlp/proto.ts'
import { PROTOBUF } from './support/clients.ts'
import { type Receivers, startReceivers } from './support/receivers.ts'

/** What a browser is told, by request: `fetch` of Node would not send an Origin, so requests are written by hand. */

const SHOP = 'https://shop.example.com'
const HEADERS =
  'authorization, content-type, content-encoding, traceparent, tracestate, x-scope-orgid, x-page'

type Asked = {
  readonly method: string
  readonly path?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}
type Answered = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

function ask(port: number, { method, path = '/v1/logs', headers, body = '' }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, async (incoming) => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const answer = { status: incoming.statusCode!, headers: incoming.headers }
      resolve({ ...answer, body: Buffer.concat(chunks).toString('latin1') })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function corsOf({ headers }: Answered): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith('access-control-') || name === 'vary'),
  )
}

const preflight = (origin: string, path = '/v1/logs'): Asked => ({
  method: 'OPTIONS',
  path,
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  },
})
const post = (
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '{}',
  path = '/v1/logs',
): Asked => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json', ...headers },
  body,
})

const ALLOWED = {
  'access-control-allow-origin': SHOP,
  'access-control-expose-headers': 'retry-after',
  vary: 'Origin',
}
const PREFLIGHT = {
  ...ALLOWED,
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': HEADERS,
  'access-control-max-age': '600',
}
const NOT_ALLOWED = { vary: 'Origin' }

describe('with allowed origins', () => {
  let receivers: Receivers
  beforeAll(async () => {
    receivers = await startReceivers({
      cors: {
        allowedOrigins: [SHOP, 'https://*.example.org:8443', 'http://localhost:5173'],
        allowedHeaders: ['X-Page'],
        maxAgeSeconds: 600,
        tenantHeader: 'X-Scope-OrgID',
      },
      authenticate: ({ authorization }) => {
        if (authorization === 'Bearer wrong') throw new Refusal('unauthorized', 'not known')
        return { name: 'page', tenants: '*', scopes: new Set(['write'] as const) }
      },
      handler: async ({ body }) => {
        if (body.length > 0) throw new Refusal('overloaded', 'later', 2000)
        return { rejected: 2, message: 'two were too old' }
      },
    })
  })
  afterAll(() => receivers.stop())

  const full = encodeMessage('ExportLogsServiceRequest', { resourceLogs: [{ schemaUrl: 'x' }] })
  const text = { 'content-type': 'text/plain' }

  test.each<[what: string, asked: Asked, status: number, cors: object]>([
    ['a preflight for logs', preflight(SHOP), 204, PREFLIGHT],
    ['a preflight for traces', preflight(SHOP, '/v1/traces'), 204, PREFLIGHT],
    ['a preflight for metrics', preflight(SHOP, '/v1/metrics'), 204, PREFLIGHT],
    [
      'a preflight with a credential in it, as no browser sends',
      { ...preflight(SHOP), headers: { ...preflight(SHOP).headers, authorization: 'Bearer wrong' } },
      204,
      PREFLIGHT,
    ],
    ['a preflight of another page', preflight('https://evil.example'), 405, NOT_ALLOWED],
    ['OPTIONS without a page', { method: 'OPTIONS', headers: {} }, 405, NOT_ALLOWED],
    ['a request, partly taken', post({ origin: SHOP }), 200, ALLOWED],
    ['a request without a page', post({}), 200, NOT_ALLOWED],
    ['a request of another page', post({ origin: 'https://evil.example' }), 200, NOT_ALLOWED],
    ['400: not JSON', post({ origin: SHOP }, '{'), 400, ALLOWED],
    ['401: not known', post({ origin: SHOP, authorization: 'Bearer wrong' }), 401, ALLOWED],
    ['404: nothing is here', post({ origin: SHOP }, '{}', '/v1/nothing'), 404, ALLOWED],
    ['405: GET', { method: 'GET', headers: { origin: SHOP } }, 405, ALLOWED],
    ['413: too large', post({ origin: SHOP }, Buffer.alloc(1024 * 1024 + 1, ' ')), 413, ALLOWED],
    ['415: a content type', post({ origin: SHOP, ...text }), 415, ALLOWED],
    ['429: overloaded', post({ origin: SHOP, 'content-type': PROTOBUF }, full), 429, ALLOWED],
  ])('%s', async (_what, asked, status, cors) => {
    const answered = await ask(receivers.httpPort, asked)
    expect(answered.status).toBe(status)
    expect(corsOf(answered)).toEqual(cors)
  })

  test('a page reads what became of its records, and when to come back', async () => {
    const partly = await ask(receivers.httpPort, post({ origin: SHOP }))
    expect(JSON.parse(partly.body)).toEqual({
      partialSuccess: { rejectedLogRecords: '2', errorMessage: 'two were too old' },
    })
    const later = await ask(receivers.httpPort, post({ origin: SHOP, 'content-type': PROTOBUF }, full))
    expect(later.headers['retry-after']).toBe('2')
  })

  test.each<[origin: string, allowed: boolean]>([
    ['http://localhost:5173', true],
    ['http://localhost:5174', false],
    ['https://localhost:5173', false],
    ['https://a.example.org:8443', true],
    ['https://a.b.example.org:8443', true],
    ['https://example.org:8443', false],
    ['https://a.example.org', false],
    ['http://a.example.org:8443', false],
    ['https://a.example.org:8443.evil.example', false],
    ['https://evil.example/.example.org:8443', false],
    ['https://evil.example:1@.example.org:8443', false],
    ['https://evilexample.org:8443', false],
    ['https://.example.org:8443', false],
    [`${SHOP}.evil.example`, false],
    [`${SHOP}:443`, false],
    ['null', false],
    ['', false],
  ])('origin %s: %s', async (origin, allowed) => {
    const answered = await ask(receivers.httpPort, preflight(origin))
    expect(answered.status).toBe(allowed ? 204 : 405)
    expect(answered.headers['access-control-allow-origin']).toBe(allowed ? origin : undefined)
  })
})

test('"*" allows every page, a local file too', async () => {
  const cors = { allowedOrigins: ['*'], allowedHeaders: [], maxAgeSeconds: 0, tenantHeader: 'X-Scope-OrgID' }
  const receivers = await startReceivers({ cors })
  for (const origin of ['https://any.example', 'null']) {
    const answered = await ask(receivers.httpPort, preflight(origin))
    expect(answered.status).toBe(204)
    expect(answered.headers['access-control-allow-origin']).toBe(origin)
  }
  await receivers.stop()
})

describe('without allowed origins', () => {
  let receivers: Receivers
  beforeAll(async () => {
    const none = { allowedOrigins: [], allowedHeaders: [], maxAgeSeconds: 0, tenantHeader: 'X-Scope-OrgID' }
    receivers = await startReceivers({ cors: none })
  })
  afterAll(() => receivers.stop())

  test.each<[what: string, asked: Asked, status: number]>([
    ['a preflight', preflight(SHOP), 405],
    ['a request', post({ origin: SHOP }), 200],
  ])('%s has no header of CORS', async (_what, asked, status) => {
    const answered = await ask(receivers.httpPort, asked)
    expect(answered.status).toBe(status)
    expect(corsOf(answered)).toEqual({})
  })

  /** Fetch standard, "CORS-safelisted request-header": what a page may send anywhere without asking first. */
  test.each([
    'text/plain',
    'text/plain;charset=UTF-8',
    'text/plain; application/json',
    'TEXT/PLAIN;boundary=application/x-protobuf',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=application/json',
    undefined,
  ])('a foreign page can not write with content type %s, which needs no preflight', async (contentType) => {
    const before = receivers.requests.length
    const headers = {
      origin: 'https://evil.example',
      ...(contentType ? { 'content-type': contentType } : {}),
    }
    const answered = await ask(receivers.httpPort, { method: 'POST', headers, body: '{}' })
    expect(answered.status).toBe(415)
    expect(receivers.requests.length).toBe(before)
  })
})
