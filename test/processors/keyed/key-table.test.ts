import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyTable, NO_ENTRY } from '../../../src/processors/keyed/key-table.ts'

/** Few keys that share words, so that adding, finding and removing meet. */
const key = fc.tuple(fc.nat(7), fc.constantFrom(0, 1, -1), fc.nat(1))
const step = fc.tuple(fc.constantFrom('add', 'add', 'remove', 'detach', 'clear'), key)

describe('a table of keys', () => {
  it('is a map with numbers that stay', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (steps, keysMax) => {
        const table = new KeyTable(keysMax)
        const known = new Map<string, number>()
        const detached = new Set<number>()
        for (const [what, [low, high, owner]] of steps) {
          const name = `${low} ${high} ${owner}`
          const entry = table.find(low, high, owner)
          expect(entry).toBe(known.get(name) ?? NO_ENTRY)
          if (what === 'clear' && low === 0) {
            table.clear()
            known.clear()
            detached.clear()
          } else if (what === 'add' && entry === NO_ENTRY) {
            const added = table.add(low, high, owner)
            if (known.size + detached.size >= keysMax) expect(added).toBe(NO_ENTRY)
            else {
              expect([...known.values(), ...detached]).not.toContain(added)
              known.set(name, added)
            }
          } else if (what === 'remove' && entry !== NO_ENTRY) {
            table.remove(entry)
            known.delete(name)
          } else if (what === 'detach' && entry !== NO_ENTRY) {
            table.detach(entry)
            known.delete(name)
            detached.add(entry)
          }
          expect(table.size).toBe(known.size + detached.size)
        }
        const found = Array.from({ length: table.end }, (_, entry) => entry).filter((entry) =>
          table.isFound(entry),
        )
        expect(new Set(found)).toEqual(new Set(known.values()))
      }),
      { numRuns: 500 },
    )
  })

  it('grows to as many keys as it may have, and finds each', () => {
    const table = new KeyTable(10_000)
    for (let i = 0; i < 10_000; i++) expect(table.add(Math.imul(i, 0x9e3779b1), i % 3, i & 1)).toBe(i)
    expect(table.add(1, 1, 9)).toBe(NO_ENTRY)
    for (let i = 0; i < 10_000; i++) expect(table.find(Math.imul(i, 0x9e3779b1), i % 3, i & 1)).toBe(i)
    table.remove(77)
    expect(table.add(1, 1, 9)).toBe(77)
  })
})
