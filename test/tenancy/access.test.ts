import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { Refusal } from '../../src/otlp/refusal.ts'
import { Credentials } from '../../src/tenancy/credentials.ts'
import { unsafeListeners } from '../../src/tenancy/listeners.ts'
import { authenticateWriter } from '../../src/tenancy/write.ts'
import { loadOptions } from '../config/load-options.ts'

const WRITER = 'writer-token-0123456789'
const READER = 'reader-token-0123456789'
const ADMIN = 'admin-token-01234567890'

function load(yaml: string) {
  const { config } = loadConfig(yaml, loadOptions())
  return { config, credentials: new Credentials(config.credentials) }
}

const CREDENTIALS = `
credentials:
  - { name: writer, token: ${WRITER}, scopes: [write], tenants: [a] }
  - { name: reader, tokenSha256: ${createHash('sha256').update(READER).digest('hex').toUpperCase()}, scopes: [read], tenants: [a] }
  - { name: admin, token: ${ADMIN}, scopes: [read, write], tenants: "*" }
`

describe('who is asking', () => {
  const { credentials } = load(CREDENTIALS)

  it.each<[authorization: string | undefined, expected: string]>([
    [`Bearer ${WRITER}`, 'writer'],
    [`bearer  ${READER} `, 'reader'],
    [undefined, 'No credentials: send the header "Authorization: Bearer <token>".'],
    ['', 'No credentials: send the header "Authorization: Bearer <token>".'],
    [WRITER, 'The Authorization header must read "Bearer <token>".'],
    ['Basic d2VpcjpzZWNyZXQ=', 'The Authorization header must read "Bearer <token>".'],
    ['Bearer ', 'The Authorization header must read "Bearer <token>".'],
    [`Bearer ${WRITER} ${READER}`, 'The Authorization header must read "Bearer <token>".'],
    [`Bearer ${WRITER}x`, 'The token is not known here.'],
    [`Bearer ${WRITER.slice(0, -1)}`, 'The token is not known here.'],
    [`Bearer ${createHash('sha256').update(WRITER).digest('hex')}`, 'The token is not known here.'],
    [`Bearer ${'x'.repeat(5000)}`, 'The Authorization header is too long; a token may have 4096 characters.'],
  ])('%s', (authorization, expected) => {
    const { caller, refused } = credentials.authenticate(authorization)
    expect(caller?.name ?? refused).toBe(expected)
  })

  it('a token is known whole or not at all', () => {
    for (let i = 0; i < 3000; i++)
      expect(credentials.authenticate(`Bearer ${WRITER}${i}`)).toEqual({
        refused: 'The token is not known here.',
      })
  })

  it('without credentials everybody is anonymous and trusted with nothing', () => {
    const { caller } = load('').credentials.authenticate('Bearer whatever')
    expect(caller?.name).toBe('anonymous')
    expect([...caller!.scopes]).toEqual(['read', 'write', 'admin'])
  })

  it.each([
    [undefined, 'unauthorized'],
    [`Bearer ${READER}`, 'forbidden'],
    [`Bearer ${WRITER}`, 'writer'],
  ])('writes with %s: %s', (authorization, expected) => {
    const answer = (): string => {
      try {
        return authenticateWriter(credentials, authorization).name
      } catch (error) {
        if (error instanceof Refusal) return error.kind
        throw error
      }
    }
    expect(answer()).toBe(expected)
  })
})

const PEM = '"-----BEGIN CERTIFICATE-----"'
const TLS = `ingest: { tls: { cert: ${PEM}, key: ${PEM} } }`
const JWT = `jwt: { keys: '{"keys": [{"kty": "EC"}]}', issuer: i, audience: a }`
const CALLBACK = 'authCallback: { url: "http://localhost:1/who" }'
const MTLS = `ingest: { tls: { cert: ${PEM}, key: ${PEM}, clientCa: ${PEM} } }`

describe('listeners beyond loopback', () => {
  const sentence =
    'everyone on the network could write and read without a credential. ' +
    'Add credentials, listen on 127.0.0.1, or set listen.insecure: true if something else guards the way.'

  const otlpSentence =
    'everyone on the network could write without a credential; jwt and authCallback guard the API only. ' +
    'Add credentials, listen on 127.0.0.1, or set listen.insecure: true if something else guards the way.'

  it.each<[yaml: string, expected: string | undefined]>([
    ['', undefined],
    ['listen: { grpc: "localhost:1", http: "[::1]:2", api: 127.8.9.1:3 }', undefined],
    ['listen: { grpc: 0.0.0.0:4317 }', `0.0.0.0:4317: ${sentence}`],
    ['listen: { http: "[::]:4318", api: 10.0.0.1:0 }', `[::]:4318, 10.0.0.1:0: ${sentence}`],
    ['listen: { http: "[::ffff:10.0.0.1]:4318" }', `[::ffff:10.0.0.1]:4318: ${sentence}`],
    ['listen: { api: localhost.example.com:3100 }', `localhost.example.com:3100: ${sentence}`],
    ['listen: { api: 127.0.0.1.example.com:3100 }', `127.0.0.1.example.com:3100: ${sentence}`],
    ['listen: { grpc: 0.0.0.0:4317, insecure: true }', undefined],
    [`listen: { grpc: 0.0.0.0:4317 }${CREDENTIALS}`, undefined],
    ['listen: { grpc: off, http: off, api: off }', undefined],
    // A certificate that senders must show is a credential; TLS alone is none, and the API has neither.
    [`listen: { grpc: 0.0.0.0:4317, http: 0.0.0.0:4318 }\n${MTLS}`, undefined],
    [`listen: { grpc: 0.0.0.0:4317 }\n${TLS}`, `0.0.0.0:4317: ${sentence}`],
    [`listen: { grpc: 0.0.0.0:4317, api: 0.0.0.0:3100 }\n${MTLS}`, `0.0.0.0:3100: ${sentence}`],
    // What only the API asks for guards only the API.
    [`listen: { api: 0.0.0.0:3100 }\n${JWT}`, undefined],
    [`listen: { api: 0.0.0.0:3100 }\n${CALLBACK}`, undefined],
    [`listen: { grpc: 0.0.0.0:4317, api: 0.0.0.0:3100 }\n${JWT}`, `0.0.0.0:4317: ${otlpSentence}`],
    [`listen: { http: 0.0.0.0:4318, api: 0.0.0.0:3100 }\n${CALLBACK}`, `0.0.0.0:4318: ${otlpSentence}`],
    [`listen: { grpc: 0.0.0.0:4317, api: 0.0.0.0:3100 }\n${MTLS}\n${JWT}`, undefined],
    [`listen: { grpc: 0.0.0.0:4317, api: 0.0.0.0:3100 }\n${JWT}${CREDENTIALS}`, undefined],
  ])('%s', (yaml, expected) => {
    expect(unsafeListeners(load(yaml).config)).toBe(expected)
  })
})
