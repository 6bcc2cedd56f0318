import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { authenticatorOf, clocks } from './support/authenticators.ts'
import { answerJson, type LoopbackServer, loopbackServer, sendJson } from './support/loopback-server.ts'

const TOKEN = 'token-of-ada-0123456789'
const NOT_KNOWN = '401 The token is not known here.'
const OUTAGE =
  '503 The credential can not be checked now, since the platform does not answer: try again in a few seconds.'
const BUSY = '503 Too many credentials are being checked at the moment: try again in a few seconds.'
const ADA = { tenants: ['a', 'b'], scopes: ['read'], name: 'ada' }

let platform: LoopbackServer | undefined
afterEach(async () => {
  await platform?.stop()
  platform = undefined
})

async function start(more = '', answer: LoopbackServer['answer'] = answerJson(ADA)) {
  platform = await loopbackServer(answer)
  const moved = clocks()
  const yaml = `tenancy: multi\nauthCallback: { url: "${platform.url}/who"${more} }`
  return { ...authenticatorOf(yaml, moved), moved, platform }
}

/** Answers that a test lets go. */
function held() {
  const waiting: ServerResponse[] = []
  let arrived: () => void = () => {}
  const answer: LoopbackServer['answer'] = (_request, response) => {
    waiting.push(response)
    arrived()
  }
  return {
    answer,
    async arrivedAre(count: number): Promise<void> {
      while (waiting.length < count)
        await new Promise<void>((resolve) => {
          arrived = resolve
        })
    },
    letGo(): void {
      for (const response of waiting.splice(0)) sendJson(response, ADA)
    },
  }
}

describe('how the platform is asked', () => {
  it.each<[more: string, method: string, headers: Record<string, string | undefined>]>([
    ['', 'POST', { authorization: `Bearer ${TOKEN}`, cookie: undefined }],
    [', method: GET', 'GET', { authorization: `Bearer ${TOKEN}` }],
    [', header: X-Loco-Token', 'POST', { 'x-loco-token': TOKEN, authorization: undefined }],
    [', cookie: loco_token', 'POST', { cookie: `loco_token=${TOKEN}`, authorization: undefined }],
    [
      ', cookie: loco_token, token: weir-own-token-01',
      'POST',
      { cookie: `loco_token=${TOKEN}`, authorization: 'Bearer weir-own-token-01' },
    ],
    [
      ', header: X-Loco-Token, token: weir-own-token-01',
      'POST',
      { 'x-loco-token': TOKEN, authorization: 'Bearer weir-own-token-01' },
    ],
  ])('with %j: %s', async (more, method, headers) => {
    const { ask, platform } = await start(more)
    expect(await ask(TOKEN)).toBe('ada')
    expect(platform.arrived).toHaveLength(1)
    expect(platform.arrived[0]).toMatchObject({ method, url: '/who' })
    for (const [name, value] of Object.entries(headers))
      expect(platform.arrived[0]!.headers[name]).toBe(value)
  })

  it('a token that would make a second cookie is not sent', async () => {
    const { ask, platform } = await start(', cookie: loco_token')
    for (const token of ['a;admin=1', 'a,b', 'a"b', 'a\\b']) expect(await ask(token)).toBe(NOT_KNOWN)
    expect(platform.arrived).toEqual([])
  })
})

describe('what the platform answers', () => {
  it.each<[name: string, body: unknown, tenants: '*' | string[], scopes: string[], called: string]>([
    ['all of it', ADA, ['a', 'b'], ['read'], 'ada'],
    ['tenants only', { tenants: ['a'] }, ['a'], ['read'], 'platform'],
    ['numbers', { tenants: [42] }, ['42'], ['read'], 'platform'],
    ['all tenants', { tenants: '*' }, '*', ['read'], 'platform'],
    ['the tenant *', { tenants: ['*'] }, ['*'], ['read'], 'platform'],
    ["nobody's user", { tenants: [] }, [], ['read'], 'platform'],
    ['no scope', { tenants: ['a'], scopes: [] }, ['a'], [], 'platform'],
    ['scopes of its own', { tenants: ['a'], scopes: ['owner', 'read'] }, ['a'], ['read'], 'platform'],
    ['more than it was asked', { ...ADA, email: 'x' }, ['a', 'b'], ['read'], 'ada'],
    ['a name with line breaks', { ...ADA, name: 'a\nb' }, ['a', 'b'], ['read'], 'a_b'],
  ])('%s', async (_name, body, tenants, scopes, called) => {
    const { authenticator } = await start('', answerJson(body))
    const { caller } = await authenticator.authenticate({ authorization: `Bearer ${TOKEN}` })
    const seen = caller!.tenants === '*' ? '*' : [...caller!.tenants]
    expect([seen, [...caller!.scopes], caller!.name]).toEqual([tenants, scopes, called])
  })

  it.each<[name: string, answer: LoopbackServer['answer'], expected: string]>([
    ['401', answerJson({}, 401), NOT_KNOWN],
    ['403', answerJson({}, 403), NOT_KNOWN],
    ['404', answerJson({}, 404), OUTAGE],
    ['500', answerJson(ADA, 500), OUTAGE],
    ['204', (_request, response) => response.writeHead(204).end(), OUTAGE],
    ['a redirect', (_request, response) => response.writeHead(307, { location: '/else' }).end(), OUTAGE],
    ['no JSON', (_request, response) => response.end('<html>'), OUTAGE],
    ['a list', answerJson([ADA]), OUTAGE],
    ['no tenants', answerJson({ name: 'ada' }), OUTAGE],
    ['a tenant as text', answerJson({ tenants: 'a' }), OUTAGE],
    ['something else than a tenant', answerJson({ tenants: ['a', 'b|c'] }), OUTAGE],
    ['too much', answerJson({ ...ADA, padding: 'x'.repeat(262_144) }), OUTAGE],
    ['nothing in time', () => {}, OUTAGE],
    [
      'half of it',
      (_request, response) => response.writeHead(200, { 'content-length': 99 }).write('{'),
      OUTAGE,
    ],
    ['a hang-up', (request) => request.socket.destroy(), OUTAGE],
  ])('%s', async (_name, answer, expected) => {
    const { ask, platform } = await start(', timeoutMs: 200', answer)
    expect(await ask(TOKEN)).toBe(expected)
    expect(platform.arrived).toHaveLength(1)
  })

  it('what the log gets of an outage holds no credential', async () => {
    const { authenticator, platform } = await start(
      ', header: X-Token, token: weir-own-token-01',
      answerJson({}, 500),
    )
    const ask = () => authenticator.authenticate({ authorization: `Bearer ${TOKEN}` })
    const first = inspect(await ask(), { depth: null })
    await platform.stop()
    const second = inspect(await ask(), { depth: null })
    expect(first).toContain('answered 500')
    expect(second).toContain('ECONNREFUSED')
    expect(first + second).not.toMatch(/token-of-ada|weir-own/)
  })
})

describe('how long an answer is believed', () => {
  it('30 s, and then asked for again', async () => {
    const { ask, moved, platform } = await start()
    expect(await ask(TOKEN)).toBe('ada')
    platform.answer = answerJson({}, 401)
    moved.steadyMs += 29_999
    expect(await ask(TOKEN)).toBe('ada')
    expect(platform.arrived).toHaveLength(1)
    moved.steadyMs += 2
    expect(await ask(TOKEN)).toBe(NOT_KNOWN)
    expect(platform.arrived).toHaveLength(2)
  })

  it('a credential that is not known, 5 s', async () => {
    const { ask, moved, platform } = await start('', answerJson({}, 401))
    expect(await ask(TOKEN)).toBe(NOT_KNOWN)
    platform.answer = answerJson(ADA)
    moved.steadyMs += 4999
    expect(await ask(TOKEN)).toBe(NOT_KNOWN)
    moved.steadyMs += 2
    expect(await ask(TOKEN)).toBe('ada')
    expect(platform.arrived).toHaveLength(2)
  })

  it('0 means not at all', async () => {
    const { ask, platform } = await start(', cacheMs: 0, refusedCacheMs: 0')
    await ask(TOKEN)
    await ask(TOKEN)
    platform.answer = answerJson({}, 401)
    expect(await ask(TOKEN)).toBe(NOT_KNOWN)
    platform.answer = answerJson(ADA)
    expect(await ask(TOKEN)).toBe('ada')
    expect(platform.arrived).toHaveLength(4)
  })

  it('an outage is not remembered, and ends what was believed no earlier', async () => {
    const { ask, moved, platform } = await start()
    await ask(TOKEN)
    platform.answer = answerJson({}, 500)
    expect(await ask(TOKEN)).toBe('ada')
    moved.steadyMs += 30_001
    expect(await ask(TOKEN)).toBe(OUTAGE)
    platform.answer = answerJson(ADA)
    expect(await ask(TOKEN)).toBe('ada')
  })

  it('two credentials are never taken for each other', async () => {
    const { ask } = await start('', (request, response) =>
      answerJson({ tenants: ['a'], name: request.headers.authorization!.slice('Bearer '.length) })(
        request,
        response,
      ),
    )
    const tokens = ['one-token', 'another-token', 'one-token2']
    for (let round = 0; round < 2; round++) expect(await Promise.all(tokens.map(ask))).toEqual(tokens)
  })

  it('made-up tokens push out no known one', async () => {
    const { ask, platform } = await start(', cacheEntriesMax: 2')
    await ask(TOKEN)
    platform.answer = answerJson({}, 401)
    for (let i = 0; i < 10; i++) await ask(`made-up-token-${i}`)
    expect(await ask(TOKEN)).toBe('ada')
  })
})

describe('many requests at once', () => {
  it('of one credential share a call', async () => {
    const gate = held()
    const { ask, platform } = await start('', gate.answer)
    const asked = [ask(TOKEN), ask(TOKEN), ask(TOKEN)]
    await gate.arrivedAre(1)
    gate.letGo()
    expect(await Promise.all(asked)).toEqual(['ada', 'ada', 'ada'])
    expect(platform.arrived).toHaveLength(1)
  })

  it('share a failure too, and the next one asks again', async () => {
    const { ask, platform } = await start('', answerJson({}, 500))
    expect(await Promise.all([ask(TOKEN), ask(TOKEN)])).toEqual([OUTAGE, OUTAGE])
    platform.answer = answerJson(ADA)
    expect(await ask(TOKEN)).toBe('ada')
    expect(platform.arrived).toHaveLength(2)
  })

  it('of more credentials than may be asked for are told to come back', async () => {
    const gate = held()
    const { ask, platform } = await start(', concurrentMax: 2', gate.answer)
    const asked = [ask('first-token'), ask('second-token')]
    await gate.arrivedAre(2)
    expect(await ask('third-token')).toBe(BUSY)
    const joined = ask('second-token')
    gate.letGo()
    expect(await Promise.all([...asked, joined])).toEqual(['ada', 'ada', 'ada'])
    platform.answer = answerJson(ADA)
    expect(await ask('third-token')).toBe('ada')
  })
})
