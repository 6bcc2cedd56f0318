import { describe, expect, it } from 'vitest'
import { type RequestHeaders, shownCredential } from '../../src/tenancy/shown.ts'

const long = 'x'.repeat(8192)

describe('the credential of a request', () => {
  it.each<[headers: RequestHeaders, expected: string]>([
    [{ authorization: 'Bearer abc' }, 'authorization abc'],
    [{ authorization: 'bearer   abc  ' }, 'authorization abc'],
    [{ cookie: 'loco_token=abc' }, 'cookie abc'],
    [{ cookie: 'a=b; loco_token=abc ;c=d' }, 'cookie abc'],
    [{ cookie: 'loco_token="abc"' }, 'cookie abc'],
    [{ cookie: 'loco_token=a=b==' }, 'cookie a=b=='],
    [{ cookie: 'loco_token=abc; loco_token=abc' }, 'cookie abc'],
    [{ cookie: 'loco_token=; loco_token=abc' }, 'cookie abc'],
    [{ authorization: '', cookie: 'loco_token=abc' }, 'cookie abc'],
    [{ authorization: 'Bearer abc', cookie: 'loco_token=def' }, 'authorization abc'],
    [{ authorization: `Bearer ${long}` }, `authorization ${long}`],
    [{ cookie: `loco_token=${long}` }, `cookie ${long}`],
  ])('%j', (headers, expected) => {
    const shown = shownCredential(headers, 'loco_token')
    expect(`${shown.token === undefined ? '' : shown.from} ${shown.token}`).toBe(expected)
  })

  it.each<[headers: RequestHeaders, expected: RegExp]>([
    [{}, /^No credentials: send the header "Authorization: Bearer <token>", or the cookie loco_token\.$/],
    [{ cookie: 'xloco_token=abc; loco_tokenx=abc; LOCO_TOKEN=abc; loco_token' }, /^No credentials/],
    [{ cookie: 'loco_token=' }, /^No credentials/],
    // What is wrong with the one is not made up by the other.
    [{ authorization: 'Basic abc', cookie: 'loco_token=abc' }, /must read "Bearer <token>"/],
    [{ authorization: ['Bearer abc', 'Bearer def'] }, /must read "Bearer <token>"/],
    [{ authorization: `Bearer ${long}${'x'.repeat(20)}` }, /too long/],
    [{ cookie: 'loco_token=abc; loco_token=def' }, /sent twice/],
    [{ cookie: `loco_token=${long}x` }, /too long/],
    [{ cookie: 'loco_token=a b' }, /holds no token/],
    [{ cookie: 'loco_token=a\u00e4' }, /holds no token/],
  ])('%j is none', (headers, expected) => {
    const shown = shownCredential(headers, 'loco_token')
    expect(shown.token).toBeUndefined()
    expect('missing' in shown && shown.missing).toMatch(expected)
  })

  it('no cookie counts where none is named', () => {
    expect(shownCredential({ cookie: 'loco_token=abc' }, undefined)).toEqual({
      missing: 'No credentials: send the header "Authorization: Bearer <token>".',
    })
  })
})
