import { exportSPKI, generateSecret, SignJWT } from 'jose'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { authenticatorOf, type Clocks, clocks } from './support/authenticators.ts'
import { AUDIENCE, bareToken, ISSUER, type SigningKey, signingKey, signToken } from './support/issuer.ts'
import { answerJson, type LoopbackServer, loopbackServer } from './support/loopback-server.ts'

const NOT_KNOWN = '401 The token is not known here.'
const NO_END = '401 The token has no time of expiry (exp), so it is not taken.'
const NO_KEYS =
  '503 The token can not be checked now, since its issuer does not give its keys: try again in a few seconds.'
const KEYS_COOLDOWN_MS = 30_000
const KEYS_AGE_MAX_MS = 600_000
const DAY_MS = 24 * 3_600_000

let es: SigningKey
let rs: SigningKey
let ed: SigningKey
let other: SigningKey
let rs512: SigningKey
beforeAll(async () => {
  ;[es, rs, ed, other, rs512] = await Promise.all([
    signingKey('es'),
    signingKey('rs', 'RS256'),
    signingKey('ed', 'EdDSA'),
    signingKey('other'),
    signingKey('rs512', 'RS512'),
  ])
})

let jwks: LoopbackServer | undefined
afterEach(async () => {
  await jwks?.stop()
  jwks = undefined
})

const jwtYaml = (more: string, keys: string): string =>
  `tenancy: multi\njwt: { ${keys}, issuer: "${ISSUER}", audience: ${AUDIENCE}${more} }`

/** Keys that stand in the config. */
const withKeys = (keys: ReadonlyArray<SigningKey>, more = '', moved?: Clocks) =>
  authenticatorOf(jwtYaml(more, `keys: '${JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })}'`), moved)

/** Keys behind a URL. */
async function withUrl(keys: ReadonlyArray<SigningKey>, more = '') {
  jwks = await loopbackServer(answerJson({ keys: keys.map(({ jwk }) => jwk) }))
  const moved = clocks()
  return { ...authenticatorOf(jwtYaml(more, `jwksUrl: "${jwks.url}/keys"`), moved), moved, jwks }
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

describe('tokens that are good', () => {
  it('signed with each kind of key', async () => {
    const { ask } = withKeys([es, rs, ed])
    for (const key of [es, rs, ed]) expect(await ask(await signToken(key))).toBe('ada')
  })

  it('within the clock tolerance, on both sides', async () => {
    const { ask } = withKeys([es])
    expect(await ask(await signToken(es, { exp: nowSeconds() - 20, nbf: nowSeconds() + 20 }))).toBe('ada')
  })

  it('for several audiences', async () => {
    expect(await withKeys([es]).ask(await signToken(es, { aud: ['grafana', AUDIENCE] }))).toBe('ada')
  })

  it('without a kid, where only one key fits', async () => {
    const nameless = { ...es, jwk: { ...es.jwk, kid: undefined as unknown as string } }
    expect(await withKeys([es, rs]).ask(await signToken(nameless))).toBe('ada')
    expect(await withKeys([es, other]).ask(await signToken(nameless))).toBe(NOT_KNOWN)
  })
})

describe('tokens that are not', () => {
  const right = { iss: ISSUER, aud: AUDIENCE, sub: 'ada', weir_tenants: ['a'] }
  const claims = (): object => ({ ...right, exp: nowSeconds() + 600 })

  /** The public key, which everybody has, taken for a shared secret. */
  async function confused(secret: Uint8Array): Promise<string> {
    return new SignJWT(claims() as Record<string, unknown>)
      .setProtectedHeader({ alg: 'HS256', kid: 'rs' })
      .sign(secret)
  }

  it.each<[name: string, token: () => string | Promise<string>, expected: string]>([
    ['expired', () => signToken(es, { exp: nowSeconds() - 60 }), '401 The token has expired: get a new one.'],
    ['not valid yet', () => signToken(es, { nbf: nowSeconds() + 60 }), '401 The token is not valid yet.'],
    ['without an end', () => signToken(es, { exp: undefined }), NO_END],
    ['with an end that is text', () => signToken(es, { exp: '2099' as unknown as number }), NO_END],
    ['of another issuer', () => signToken(es, { iss: 'https://evil.example/' }), NOT_KNOWN],
    ['of no issuer', () => signToken(es, { iss: undefined }), NOT_KNOWN],
    [
      'for another audience',
      () => signToken(es, { aud: 'grafana' }),
      '401 The token is not meant for Weir: its audience is another (jwt.audience).',
    ],
    [
      'for no audience',
      () => signToken(es, { aud: undefined }),
      '401 The token is not meant for Weir: its audience is another (jwt.audience).',
    ],
    ['with an unknown kid', () => signToken(es, {}, { kid: 'nobody' }), NOT_KNOWN],
    ["of a stranger under our key's kid", () => signToken(other, {}, { kid: 'es' }), NOT_KNOWN],
    ['unsigned (alg none)', () => bareToken({ alg: 'none' }, claims()), NOT_KNOWN],
    ['unsigned (alg NONE)', () => bareToken({ alg: 'NONE', kid: 'es' }, claims()), NOT_KNOWN],
    ['unsigned with a good header', () => bareToken({ alg: 'ES256', kid: 'es' }, claims()), NOT_KNOWN],
    [
      'HS256 with the PEM of the public key',
      async () => confused(Buffer.from(await exportSPKI(rs.publicKey))),
      NOT_KNOWN,
    ],
    ['HS256 with the JWK of the public key', () => confused(Buffer.from(JSON.stringify(rs.jwk))), NOT_KNOWN],
    [
      'HS256 with an empty kid and any secret',
      async () => {
        const secret = await generateSecret('HS256')
        return new SignJWT(right)
          .setProtectedHeader({ alg: 'HS256', kid: '' })
          .setExpirationTime('1h')
          .sign(secret)
      },
      NOT_KNOWN,
    ],
    [
      'that brings its own key',
      async () => {
        return new SignJWT(right)
          .setProtectedHeader({ alg: 'ES256', kid: 'other', jwk: other.jwk })
          .setExpirationTime('1h')
          .sign(other.privateKey)
      },
      NOT_KNOWN,
    ],
    ['with an algorithm that is not allowed', () => signToken(rs512), NOT_KNOWN],
    [
      'changed after it was signed',
      async () => {
        const [header, , signature] = (await signToken(es)).split('.')
        return `${header}.${Buffer.from(JSON.stringify({ ...claims(), weir_tenants: ['b'] })).toString('base64url')}.${signature}`
      },
      NOT_KNOWN,
    ],
    [
      'with a critical extension',
      () => bareToken({ alg: 'ES256', kid: 'es', crit: ['x'], x: 1 }, claims(), 'AAAA'),
      NOT_KNOWN,
    ],
    ['three parts of nothing', () => 'a.b.c', NOT_KNOWN],
    ['no JWT', () => 'opaque-token-0123456789', NOT_KNOWN],
    [
      'huge',
      () => signToken(es, { padding: 'x'.repeat(8192) }),
      '401 The Authorization header is too long; a token may have 8192 characters.',
    ],
  ])('%s', async (_name, token, expected) => {
    expect(await withKeys([es, rs, rs512]).ask(await token())).toBe(expected)
  })

  it('what the log gets holds neither token nor claims', async () => {
    const { authenticator } = withKeys([es])
    const tokens = [
      await signToken(es, { exp: nowSeconds() - 60, email: 'ada@example.com' }),
      await signToken(es, { aud: 'x', email: 'ada@example.com' }),
      await signToken(other, { email: 'ada@example.com' }, { kid: 'es' }),
    ]
    for (const token of tokens) {
      const { refused } = await authenticator.authenticate({ authorization: `Bearer ${token}` })
      const seen = JSON.stringify([refused, refused?.cause?.message, { ...refused?.cause }])
      expect(seen).toMatch(/ERR_JW/)
      expect(seen).not.toContain('ada@example.com')
      for (const part of token.split('.')) expect(seen).not.toContain(part)
    }
  })
})

describe('what a token says of its caller', () => {
  const tenantsOf = async (claims: object, more = '') => {
    const { authenticator } = withKeys([es], more)
    const token = await signToken(es, { ...claims })
    const { caller, refused } = await authenticator.authenticate({ authorization: `Bearer ${token}` })
    return caller === undefined ? refused.status : [...(caller.tenants as ReadonlySet<string>)]
  }

  it.each<[claims: object, more: string, expected: ReadonlyArray<string> | number]>([
    [{ weir_tenants: ['a', 'b', 'a'] }, '', ['a', 'b']],
    [{ weir_tenants: 'a' }, '', ['a']],
    [{ weir_tenants: 42 }, '', ['42']],
    [{ workspace_id: 'ws-1' }, ', tenantsClaim: workspace_id', ['ws-1']],
    [{ app: { workspaces: ['x'] } }, ', tenantsClaim: app.workspaces', ['x']],
    [{ 'https://a.b/t': ['x'] }, ', tenantsClaim: "https://a.b/t"', ['x']],
    [{ 'app.workspaces': 'x', app: { workspaces: 'y' } }, ', tenantsClaim: app.workspaces', ['x']],
    // Somebody may be able to name a workspace so; it is one tenant and not all of them.
    [{ weir_tenants: '*' }, '', ['*']],
    [{ weir_tenants: undefined }, '', 403],
    [{ weir_tenants: [] }, '', 403],
    [{ weir_tenants: '' }, '', 403],
    [{ weir_tenants: null }, '', 403],
    [{ weir_tenants: { a: 1 } }, '', 403],
    [{ weir_tenants: 'a|b' }, '', 403],
    [{ weir_tenants: ['a', '..'] }, '', 403],
    [{ weir_tenants: ['a', ['b']] }, '', 403],
    [{ weir_tenants: 1.5 }, '', 403],
    [{}, ', tenantsClaim: constructor.name', 403],
    [{}, ', tenantsClaim: weir_tenants.length', 403],
  ])('%j with %j: tenants %j', async (claims, more, expected) => {
    expect(await tenantsOf(claims, more)).toEqual(expected)
  })

  it('with a single tenant no claim is asked for', async () => {
    const keys = JSON.stringify({ keys: [es.jwk] })
    const { ask } = authenticatorOf(`jwt: { keys: '${keys}', issuer: "${ISSUER}", audience: ${AUDIENCE} }`)
    expect(await ask(await signToken(es, { weir_tenants: undefined }))).toBe('ada')
  })

  it.each<[claims: object, more: string, expected: ReadonlyArray<string>]>([
    [{ scope: 'write' }, '', ['read']],
    [{ scope: 'openid read email' }, ', scopesClaim: scope', ['read']],
    [{ scope: ['read', 'write', 'owner'] }, ', scopesClaim: scope', ['write', 'read']],
    [{ scope: 'reader' }, ', scopesClaim: scope', []],
    [{}, ', scopesClaim: scope', []],
  ])('%j with %j: scopes %j', async (claims, more, expected) => {
    const { authenticator } = withKeys([es], more)
    const token = await signToken(es, { ...claims })
    const { caller } = await authenticator.authenticate({ authorization: `Bearer ${token}` })
    expect([...caller!.scopes]).toEqual(expected)
  })

  it.each([
    ['ada@example.com', '', 'ada@example.com'],
    ['a\n"b"'.padEnd(100, 'c'), '', 'a__b_'.padEnd(64, 'c')],
    [undefined, '', 'jwt'],
    ['x', ', nameClaim: email', 'e@x'],
  ])('sub %j with %j is called %s', async (sub, more, expected) => {
    expect(await withKeys([es], more).ask(await signToken(es, { sub: sub as string, email: 'e@x' }))).toBe(
      expected,
    )
  })
})

describe('keys behind a URL', () => {
  it('are fetched once for many tokens', async () => {
    const { ask, jwks } = await withUrl([es, rs])
    const tokens = await Promise.all([es, rs, es, rs].map((key) => signToken(key)))
    expect(await Promise.all(tokens.map(ask))).toEqual(['ada', 'ada', 'ada', 'ada'])
    expect(jwks.arrived.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /keys'])
  })

  it('rotate: a token with a new key asks for it, but not within the cool-down', async () => {
    const { ask, jwks, moved } = await withUrl([es])
    expect(await ask(await signToken(es))).toBe('ada')
    jwks.answer = answerJson({ keys: [other.jwk] })
    expect(await ask(await signToken(other))).toBe(NOT_KNOWN)
    expect(jwks.arrived).toHaveLength(1)
    moved.steadyMs += KEYS_COOLDOWN_MS
    expect(await ask(await signToken(other))).toBe('ada')
    expect(await ask(await signToken(es)), 'the issuer has withdrawn its key').toBe(NOT_KNOWN)
    expect(jwks.arrived).toHaveLength(2)
  })

  it('made-up kids bring about one fetch per cool-down', async () => {
    const { ask, jwks, moved } = await withUrl([es])
    for (let round = 0; round < 3; round++) {
      const tokens = await Promise.all(['x', 'y', 'z'].map((kid) => signToken(es, {}, { kid })))
      expect(new Set(await Promise.all(tokens.map(ask)))).toEqual(new Set([NOT_KNOWN]))
      expect(jwks.arrived).toHaveLength(round + 1)
      moved.steadyMs += KEYS_COOLDOWN_MS
    }
  })

  it('are fetched again when they are old', async () => {
    const { ask, jwks, moved } = await withUrl([es])
    expect(await ask(await signToken(es))).toBe('ada')
    jwks.answer = answerJson({ keys: [other.jwk] })
    moved.steadyMs += KEYS_AGE_MAX_MS
    expect(await ask(await signToken(es))).toBe(NOT_KNOWN)
  })

  it("an outage: known keys stay in use for a day, unknown ones are nobody's to refuse", async () => {
    const { ask, jwks, moved } = await withUrl([es])
    expect(await ask(await signToken(es))).toBe('ada')
    jwks.answer = answerJson({}, 500)
    moved.steadyMs += KEYS_AGE_MAX_MS
    expect(await ask(await signToken(es))).toBe('ada')
    expect(await ask(await signToken(other))).toBe(NO_KEYS)
    expect(jwks.arrived, 'the cool-down holds for fetches that failed').toHaveLength(2)
    moved.steadyMs += DAY_MS
    expect(await ask(await signToken(es)), 'after a day nobody can say').toBe(NO_KEYS)
    jwks.answer = answerJson({ keys: [es.jwk] })
    moved.steadyMs += KEYS_COOLDOWN_MS
    expect(await ask(await signToken(es))).toBe('ada')
    expect(await ask(await signToken(other))).toBe(NOT_KNOWN)
  })

  it('what is wrong with a token is said without its key: nothing is fetched for a foreign issuer', async () => {
    const { ask, jwks } = await withUrl([es])
    expect(await ask(await signToken(es, { iss: 'https://evil.example/' }))).toBe(NOT_KNOWN)
    expect(await ask('opaque-token-0123456789')).toBe(NOT_KNOWN)
    expect(jwks.arrived).toEqual([])
  })

  it.each<[name: string, answer: () => LoopbackServer['answer']]>([
    ['an error', () => answerJson({ keys: [es.jwk] }, 500)],
    ['a page', () => (_request, response) => response.end('<html>')],
    ['no key at all', () => answerJson({ keys: [] })],
    ['a shared secret', () => answerJson({ keys: [{ kty: 'oct', kid: 'es', k: 'AAAA' }] })],
    ['a private key', () => answerJson({ keys: [{ ...es.jwk, d: 'AAAA' }] })],
    ['too much', () => answerJson({ keys: [es.jwk], padding: 'x'.repeat(262_144) })],
    ['elsewhere', () => (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['nothing in time', () => () => {}],
    [
      'half of it',
      () => (_request, response) => response.writeHead(200, { 'content-length': 99 }).write('{'),
    ],
  ])('that answers %s is an outage', async (_name, answer) => {
    const { ask, jwks } = await withUrl([es], ', timeoutMs: 200')
    jwks.answer = answer()
    expect(await ask(await signToken(es))).toBe(NO_KEYS)
    expect(jwks.arrived).toHaveLength(1)
  })

  it('that is not there is an outage', async () => {
    const { ask, jwks } = await withUrl([es])
    await jwks.stop()
    expect(await ask(await signToken(es))).toBe(NO_KEYS)
  })
})
