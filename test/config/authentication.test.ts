import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config/load.ts'
import { loadOptions } from './load-options.ts'

const CANARY = 'hunter2-canary-0123456789'
const KEYS = '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}'
const WHO = 'issuer: i, audience: a'
const KEYS_EXPECTED = 'a JWKS with public keys only, as JSON, such as ${' + 'file:/etc/weir/jwks.json}'

function reportOf(yaml: string): string {
  try {
    loadConfig(yaml, loadOptions())
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'accepted'
}

describe('jwt, authCallback and limits of tenants', () => {
  it.each<[name: string, yaml: string, report: string]>([
    ['keys behind a URL', `jwt: { jwksUrl: "https://a.example/keys", ${WHO} }`, 'accepted'],
    ['keys in the config', `jwt: { keys: '${KEYS}', ${WHO} }`, 'accepted'],
    ['no keys', `jwt: { ${WHO} }`, 'weir.yaml:1:1: jwt: exactly one of jwksUrl and keys'],
    [
      'keys twice',
      `jwt: { keys: '${KEYS}', jwksUrl: "https://a.example/keys", ${WHO} }`,
      'weir.yaml:1:1: jwt: exactly one of jwksUrl and keys',
    ],
    [
      'no audience',
      `jwt: { keys: '${KEYS}', issuer: i }`,
      'weir.yaml:1:1: jwt.audience: missing; expected the aud of tokens that are meant for Weir',
    ],
    [
      'a shared secret as algorithm',
      `jwt: { keys: '${KEYS}', ${WHO}, algorithms: [HS256] }`,
      `weir.yaml:1:${`jwt: { keys: '${KEYS}', ${WHO}, algorithms: [`.length + 1}: jwt.algorithms[0]: got "HS256", expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519`,
    ],
    [
      'no algorithm',
      `jwt: { ${WHO}, keys: '${KEYS}', algorithms: [none] }`,
      `weir.yaml:1:${`jwt: { ${WHO}, keys: '${KEYS}', algorithms: [`.length + 1}: jwt.algorithms[0]: got "none", expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519`,
    ],
    [
      'a private key',
      `jwt: { keys: '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "d": "${CANARY}"}]}', ${WHO} }`,
      `weir.yaml:1:8: jwt.keys: got a value that is not shown, expected ${KEYS_EXPECTED}`,
    ],
    [
      'a shared secret',
      `jwt: { keys: '{"keys": [{"kty": "oct", "k": "${CANARY}"}]}', ${WHO} }`,
      `weir.yaml:1:8: jwt.keys: got a value that is not shown, expected ${KEYS_EXPECTED}`,
    ],
    [
      'no JSON',
      `jwt: { keys: ${CANARY}, ${WHO} }`,
      `weir.yaml:1:8: jwt.keys: got a value that is not shown, expected ${KEYS_EXPECTED}`,
    ],
    [
      'a URL with a password',
      `authCallback: { url: "https://a:${CANARY}@b.example/" }`,
      'weir.yaml:1:17: authCallback.url: got a value that is not shown, expected a URL such as http://platform.internal/authenticate, without user and password in it (they have keys of their own)',
    ],
    [
      'a token in place of the callback',
      `authCallback: ${CANARY}`,
      'weir.yaml:1:1: authCallback: got a value that is not shown, expected a map',
    ],
    [
      "Weir's own token where the credential goes",
      `authCallback: { url: "http://localhost:1", token: ${CANARY} }`,
      'weir.yaml:1:44: authCallback.token: header carries the credential in Authorization, where this token goes; name another header, or a cookie',
    ],
    [
      'the same with a cookie',
      `authCallback: { url: "http://localhost:1", token: ${CANARY}, cookie: c }`,
      'accepted',
    ],
    [
      'the same with a header',
      `authCallback: { url: "http://localhost:1", token: ${CANARY}, header: X-A }`,
      'accepted',
    ],
    [
      'a cookie that nobody reads',
      'api: { credentialCookie: loco_token }',
      'weir.yaml:1:8: api.credentialCookie: nobody reads it; a cookie is a credential of jwt or authCallback',
    ],
    [
      'a cookie with a space',
      'authCallback: { url: "http://localhost:1", cookie: "a b" }',
      'weir.yaml:1:44: authCallback.cookie: got "a b", expected the name of a cookie',
    ],
    [
      'limits of what is no tenant',
      'query: { tenants: { "a|b": { concurrentMax: 1 } } }',
      'weir.yaml:1:21: query.tenants["a|b"]: is no tenant: a tenant has at most 150 of A-Z a-z 0-9 ! - _ . * \' ( )',
    ],
    [
      'a limit that there is not',
      'query: { tenants: { acme: { concurentMax: 1 } } }',
      'weir.yaml:1:29: query.tenants.acme.concurentMax: unknown key; did you mean query.tenants.acme.concurrentMax?',
    ],
    [
      'more for one than for all',
      'query: { tenants: { acme: { concurrentMax: 51 } } }',
      'weir.yaml:1:29: query.tenants.acme.concurrentMax: 51 is more than query.concurrentMax (50); no tenant can have more than all',
    ],
    [
      'a tenant whose query leaves no memory',
      'query: { tenants: { acme: { memoryBytesMax: 1GiB } } }',
      'weir.yaml:1:29: query.tenants.acme.memoryBytesMax: 1GiB is not less than clickhouse.embedded.memoryBytesMax (1GiB); one query must leave memory for inserts',
    ],
  ])('%s', (_name, yaml, report) => {
    expect(reportOf(yaml)).toBe(report)
    expect(reportOf(yaml)).not.toContain('canary')
  })

  it('the description shows no token, and loads again', () => {
    const yaml = `authCallback: { url: "http://localhost:1", token: ${CANARY}, cookie: c }\njwt: { keys: '${KEYS}', ${WHO} }`
    const { config, description } = loadConfig(yaml, loadOptions())
    expect(description.text + JSON.stringify(config)).not.toContain(CANARY)
    expect(config.authCallback?.token?.reveal()).toBe(CANARY)
    expect(loadConfig(description.text, loadOptions()).config.jwt).toEqual(config.jwt)
  })
})

describe('warnings', () => {
  const JWT = `jwt: { jwksUrl: "https://a.example/keys", ${WHO} }`
  const WRITER = 'credentials: [{ name: a, token: 0123456789abcdef, tenants: [a], scopes: [write] }]'

  it.each<[yaml: string, warnings: ReadonlyArray<RegExp>]>([
    [JWT, []],
    [`jwt: { jwksUrl: "http://a.example/keys", ${WHO} }`, [/^jwt\.jwksUrl is http: /]],
    [`jwt: { jwksUrl: "http://127.0.0.1:1/keys", ${WHO} }`, []],
    ['authCallback: { url: "http://platform.internal" }', [/^authCallback\.url is http: /]],
    ['authCallback: { url: "http://[::1]:1" }', []],
    [`tenancy: multi\n${WRITER}`, [/nobody can query/]],
    [`tenancy: multi\n${WRITER}\n${JWT}`, []],
    ['listen: { insecure: true }', [/may write and read everything$/]],
    [
      `listen: { insecure: true }\n${JWT}`,
      [/may write everything; jwt and authCallback guard the API only$/],
    ],
    [`listen: { insecure: true }\n${WRITER}`, []],
  ])('%s', (yaml, warnings) => {
    const found = loadConfig(yaml, loadOptions()).warnings
    expect(found).toHaveLength(warnings.length)
    for (const [i, warning] of warnings.entries()) expect(found[i]).toMatch(warning)
  })
})
