import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import type { Authenticator } from '../../src/tenancy/authentication.ts'
import type { Caller } from '../../src/tenancy/caller.ts'
import { readAccess } from '../../src/tenancy/read.ts'
import { authenticatorOf } from './support/authenticators.ts'

const WRITER = 'writer-token-0123456789'
const READER = 'reader-token-0123456789'
const TWO = 'two-tenants-token-01234'
const ADMIN = 'admin-token-01234567890'

const CREDENTIALS = `
credentials:
  - { name: writer, token: ${WRITER}, scopes: [write], tenants: [a] }
  - { name: reader, token: ${READER}, scopes: [read], tenants: [a] }
  - { name: two, token: ${TWO}, scopes: [read], tenants: [b, a] }
  - { name: admin, token: ${ADMIN}, scopes: [read, write], tenants: "*" }
`
const single = authenticatorOf(CREDENTIALS)
const multi = authenticatorOf(`tenancy: multi${CREDENTIALS}`)
const open = authenticatorOf('tenancy: multi')
const few = authenticatorOf(`tenancy: { mode: multi, readTenantsMax: 2 }${CREDENTIALS}`)
const renamed = authenticatorOf(`tenancy: { mode: multi, header: X-Workspace }${CREDENTIALS}`)

describe('header and credential', () => {
  it.each<
    [string, typeof multi, token: string | undefined, header: string | undefined, expected: string | number]
  >([
    ['single, header ignored', single, READER, '../x|y', 'default'],
    ['single, no token', single, undefined, undefined, 401],
    ['single, no scope', single, WRITER, undefined, 403],
    ['its only tenant', multi, READER, undefined, 'a'],
    ['its only tenant, empty header', multi, READER, '', 'a'],
    ['its tenant by header', multi, READER, 'a', 'a'],
    ['its tenant, twice', multi, READER, 'a|a', 'a'],
    ['a foreign tenant', multi, READER, 'b', 403],
    ['a foreign tenant beside its own', multi, READER, 'a|b', 403],
    ['a foreign tenant before its own', multi, READER, '0|a', 403],
    ['one of two', multi, TWO, 'b', 'b'],
    ['both of two, in order and each once', multi, TWO, 'b|a|b', 'a|b'],
    ['two, none named', multi, TWO, undefined, 401],
    ['two and a foreign one', multi, TWO, 'a|b|c', 403],
    ['all tenants, one named', multi, ADMIN, 'b', 'b'],
    ['all tenants, several named', multi, ADMIN, 'b|a|B|10|9', '10|9|B|a|b'],
    ['all tenants, none named', multi, ADMIN, undefined, 401],
    ['* is no tenant list', multi, READER, '*', 403],
    ['a name like those of objects', multi, READER, 'constructor', 403],
    ['nothing between', multi, ADMIN, 'a||b', 400],
    ['nothing before', multi, ADMIN, '|a', 400],
    ['nothing behind', multi, ADMIN, 'a|', 400],
    ['only the separator', multi, ADMIN, '|', 400],
    ['spaces', multi, ADMIN, 'a | b', 400],
    ['a comma: the header was sent twice', multi, ADMIN, 'a, b', 400],
    ['a colon', multi, ADMIN, 'a:b', 400],
    ['a slash', multi, ADMIN, 'a/b', 400],
    ['a letter beyond ASCII', multi, ADMIN, '\u00e4', 400],
    ['.', multi, ADMIN, '.', 400],
    ['a tenant that climbs', multi, ADMIN, '..', 400],
    ['a tenant that climbs beside another', multi, ADMIN, 'a|..', 400],
    ['three dots are a name', multi, ADMIN, '...', '...'],
    ['every character that may be', multi, ADMIN, "aZ09!-_.*'()", "aZ09!-_.*'()"],
    ['as long as may be', multi, ADMIN, 'a'.repeat(150), 'a'.repeat(150)],
    ['too long', multi, ADMIN, 'a'.repeat(151), 400],
    ['too long beside another', multi, ADMIN, `a|${'b'.repeat(151)}`, 400],
    ['as many as may be', few, ADMIN, 'a|b|b', 'a|b'],
    ['too many', few, ADMIN, 'a|b|c', 400],
    ['malformed comes before foreign', multi, READER, 'b|..', 400],
    ['unknown token', multi, 'nobody-knows-this-one', 'a', 401],
    ['unknown token, malformed header', multi, 'nobody-knows-this-one', '..', 401],
    ['no scope', multi, WRITER, 'a', 403],
    ['open, by header', open, undefined, 'b|a', 'a|b'],
    ['open, none', open, undefined, undefined, 401],
    ['open, malformed', open, undefined, '..', 400],
    ['another header is not looked at', renamed, READER, 'b', 'a'],
  ])('%s', async (_name, { config, authenticator }, token, header, expected) => {
    const access = await readAccess(config.tenancy, authenticator, {
      authorization: token && `Bearer ${token}`,
      'x-scope-orgid': header,
    })
    expect(access.refused?.status ?? ('tenants' in access && access.tenants.join('|'))).toBe(expected)
    expect(JSON.stringify(access.refused ?? '')).not.toContain('token-')
  })

  it('the header may have another name', async () => {
    const headers = { authorization: `Bearer ${TWO}`, 'x-workspace': 'b' }
    expect(await readAccess(renamed.config.tenancy, renamed.authenticator, headers)).toMatchObject({
      tenants: ['b'],
    })
  })

  it('sentences name what is wrong', async () => {
    const message = async (token: string, header?: string) =>
      (
        await readAccess(few.config.tenancy, few.authenticator, {
          authorization: `Bearer ${token}`,
          'x-scope-orgid': header,
        })
      ).refused?.message
    expect(await message(TWO)).toBe('No tenant: send the header X-Scope-OrgID.')
    expect(await message(READER, 'a|b')).toBe(
      'The credential "reader" may not read the tenant "b" of X-Scope-OrgID.',
    )
    expect(await message(ADMIN, 'a|b|c')).toBe(
      'The header X-Scope-OrgID names 3 tenants; one read may name 2 (tenancy.readTenantsMax).',
    )
    expect(await message(ADMIN, 'a||b')).toContain('something else than tenants between its "|"')
  })
})

/** Ids that are near each other, and what is none. */
const word = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'c',
    'A',
    'aa',
    'a.',
    '*',
    '.',
    '..',
    '',
    ' a',
    'a ',
    'constructor',
    '__proto__',
    'a:b',
  ),
  fc.string({ maxLength: 5 }),
  fc.string({ minLength: 149, maxLength: 152, unit: fc.constantFrom('a', 'b') }),
)
const header = fc.option(
  fc.array(word, { maxLength: 5 }).map((words) => words.join('|')),
  { nil: undefined },
)
const tenants = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'A', 'aa', 'a.', '*', 'constructor'), {
  maxLength: 4,
})

/** Loki's rule, said anew: 1 to 150 of its characters, and neither a dot nor two. */
function isTenant(id: string): boolean {
  const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!-_.*'()"
  return (
    id !== '' && id.length <= 150 && id !== '.' && id !== '..' && [...id].every((c) => allowed.includes(c))
  )
}

/** What must come out, by the words of the rule: a status, or the tenants. */
function expectedOf(own: '*' | ReadonlyArray<string>, sent: string | undefined): number | string[] {
  if (sent === undefined || sent === '') return own !== '*' && own.length === 1 ? [...own] : 401
  const ids = sent.split('|')
  if (ids.some((id) => !isTenant(id))) return 400
  if (own !== '*' && ids.some((id) => !own.includes(id))) return 403
  return ids.filter((id, i) => ids.indexOf(id) === i).sort()
}

describe('whatever is sent', () => {
  const tenancy = { ...defaultConfig().tenancy, mode: 'multi' as const }

  it("no tenant comes out that is not the caller's, and what comes out is what the rule says", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.constant('*' as const), tenants),
        header,
        async (own: '*' | string[], sent) => {
          const caller: Caller = {
            name: 'anybody',
            tenants: own === '*' ? '*' : new Set(own),
            scopes: new Set(['read']),
          }
          const authenticator: Authenticator = { authenticate: async () => ({ caller }) }
          const access = await readAccess(tenancy, authenticator, { 'x-scope-orgid': sent })
          if (access.refused === undefined) {
            expect(access.tenants.length).toBeGreaterThan(0)
            for (const tenant of access.tenants) expect(own === '*' || own.includes(tenant)).toBe(true)
          }
          expect(access.refused?.status ?? ('tenants' in access && access.tenants)).toEqual(
            expectedOf(own, sent),
          )
        },
      ),
      { numRuns: 3000 },
    )
  })
})
