import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Members, NO_MEMBER } from '../../../src/processors/fold/members.ts'

/** The member of a key and fold, as the engine looks for it. */
function find(members: Members, low: number, fold: number): number {
  for (let place = members.placeOf(members.hashOf(low, 7)); ; place = members.next(place)) {
    const member = members.at(place)
    if (member === NO_MEMBER) return NO_MEMBER
    if (members.words[member * 13] === low && members.foldOf(member) === fold) return member
  }
}

it('says what a plain Map says, also where keys collide and places are given again', () => {
  const step = fc.record({ adds: fc.boolean(), low: fc.nat(40), fold: fc.integer({ min: 1, max: 3 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const members = new Members(60)
      const plain = new Map<string, number>()
      for (const { adds, fold, low } of steps) {
        const key = `${low} ${fold}`
        const known = plain.get(key)
        expect(find(members, low, fold)).toBe(known ?? NO_MEMBER)
        if (!adds && known !== undefined) {
          members.remove(known)
          plain.delete(key)
        } else if (adds && known === undefined) {
          const added = members.add(low, 7, fold)
          expect(added === NO_MEMBER).toBe(plain.size === 60)
          if (added !== NO_MEMBER) plain.set(key, added)
        }
        expect(members.count).toBe(plain.size)
      }
    }),
    { numRuns: 50 },
  )
})

it('takes at most 64 bytes a member', () => {
  const members = new Members(300_000)
  for (let i = 1; i <= 300_000; i++) {
    members.add(Math.imul(i, 0x9e3779b1), i, 1)
    if (i >= 4096 && i % 1000 === 0) expect(members.byteLength / i).toBeLessThanOrEqual(64)
  }
  expect(members.count).toBe(300_000)
  expect(members.add(1, 1, 1)).toBe(NO_MEMBER)
})
