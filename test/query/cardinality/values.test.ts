import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kindOf } from '../../../src/query/cardinality/values/kinds.ts'
import { maskedValue } from '../../../src/query/cardinality/values/mask.ts'
import { kindShares } from '../../../src/query/cardinality/values/shares.ts'

describe('kinds of values', () => {
  it.each<[string, string | undefined]>([
    ['3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'uuid'],
    ['3F2504E0-4F89-41D3-9A0C-0305E82C3301', 'uuid'],
    ['{3f2504e0-4f89-41d3-9a0c-0305e82c3301}', 'uuid'],
    ['urn:uuid:3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'uuid'],
    ['3f2504e0-4f89-41d3-9a0c-0305e82c330g', undefined],
    ['3f2504e0-4f89-41d3-9a0c-0305e82c33', undefined],
    ['10.1.2.3', 'ip'],
    ['10.1.2.3:8080', 'ip'],
    ['[::1]:443', 'ip'],
    ['fe80::1', 'ip'],
    ['1.2.3', undefined],
    ['ada@example.com', 'email'],
    ['ada.l+x@mail.example.co.uk', 'email'],
    ['@example.com', undefined],
    ['a@b', undefined],
    ['a b@example.com', undefined],
    ['1769860800', 'timestamp'],
    ['1769860800123', 'timestamp'],
    ['1769860800123456789', 'timestamp'],
    ['2026-01-31T12:00:00Z', 'timestamp'],
    ['2026-01-31 12:00:00.123', 'timestamp'],
    ['2026-01-31', undefined],
    ['/users/17/orders', 'path'],
    ['/users/3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'path'],
    ['https://example.com/a?id=99817', 'path'],
    ['/users/{id}/orders', undefined],
    ['/cart', undefined],
    ['d41d8cd98f00b204e9800998ecf8427e', 'hex'],
    ['7d9f8c6b', 'hex'],
    ['0x1f', undefined],
    ['0xdeadbeef1', 'hex'],
    ['deadbeef', undefined],
    ['12345', 'number'],
    ['-1048576', 'number'],
    ['order-29184', 'number'],
    ['user:1048576', 'number'],
    ['404', undefined],
    ['8080', undefined],
    ['order-2918', undefined],
    ['v1.2', undefined],
    ['GET', undefined],
    ['', undefined],
    ['checkout-service', undefined],
    ['node-12', undefined],
  ])('%s: %s', (value, kind) => {
    expect(kindOf(value)).toBe(kind)
  })

  it('UUIDs, addresses and times of all sorts are known as such', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.ipV4(),
        fc.ipV6(),
        fc.date({ noInvalidDate: true, min: new Date(1e9), max: new Date(4e12) }),
        (id, v4, v6, date) => {
          expect([kindOf(id), kindOf(v4), kindOf(v6), kindOf(date.toISOString())]).toEqual([
            'uuid',
            'ip',
            'ip',
            'timestamp',
          ])
        },
      ),
    )
  })

  it('nothing makes them fail', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (value) => void kindOf(value)))
  })
})

describe('masks', () => {
  it.each([
    ['3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'uuid', '3f******-****-****-****-************'],
    ['ada@example.com', 'email', 'ad*@*******.***'],
    ['/users/4711/orders', 'path', '/users/47**/orders'],
    ['https://example.com/a?id=99817', 'path', 'https://example.com/a?id=99***'],
    ['order-29184', 'number', 'or***-*****'],
  ] as const)('%s, %s: %s', (value, kind, masked) => {
    expect(maskedValue(value, kind)).toBe(masked)
  })

  it('show at most two letters and digits of what is no path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (value) => {
        const shown = maskedValue(value, 'hex').replace('…', '')
        expect(shown.match(/[\p{L}\p{N}]/gu)?.length ?? 0).toBeLessThanOrEqual(2)
      }),
    )
  })
})

describe('shares', () => {
  it('are of the values that were looked at, with three examples', () => {
    const uuids = Array.from({ length: 6 }, (_, i) => `3f2504e0-4f89-41d3-9a0c-0305e82c330${i}`)
    expect(kindShares([...uuids, '10.0.0.1', 'GET'])).toEqual([
      { kind: 'uuid', share: 0.75, examples: Array(3).fill('3f******-****-****-****-************') },
      { kind: 'ip', share: 0.125, examples: ['10.*.*.*'] },
    ])
    expect(kindShares([])).toEqual([])
  })
})
