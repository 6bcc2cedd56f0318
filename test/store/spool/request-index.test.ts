import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RequestIndex } from '../../../src/store/spool/request-index.ts'

const ACCEPTED = { rejected: 0, message: '' }
const hash = (n: number): string => String.fromCharCode(n & 255, n >> 8).padEnd(16, '\0')

test('every request is remembered for at least the window, and only so many are', () => {
  const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 400 }) }), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (list) => {
      const index = new RequestIndex({ windowMs: 1000, requestsMax: 1000 })
      let now = 1
      const added: number[] = []
      list.forEach(({ afterMs }, i) => {
        now += afterMs
        index.add(hash(i), { rejected: i % 3, message: i % 3 === 0 ? '' : `m${i}` }, now)
        added.push(now)
        added.forEach((atMs, j) => {
          if (now - atMs < 1000)
            expect(index.find(hash(j))).toEqual(
              j % 3 === 0 ? ACCEPTED : { rejected: j % 3, message: `m${j}` },
            )
        })
        expect(index.size).toBeLessThanOrEqual(2000)
      })
    }),
  )
})

test('more requests than fit push out the oldest', () => {
  const index = new RequestIndex({ windowMs: 1_000_000, requestsMax: 10 })
  for (let i = 0; i < 100; i++) index.add(hash(i), ACCEPTED, 1)
  expect(index.size).toBeLessThanOrEqual(20)
  expect(index.find(hash(99))).toEqual(ACCEPTED)
  expect(index.find(hash(0))).toBeUndefined()
})

test('its entries build it again', () => {
  const index = new RequestIndex({ windowMs: 1000, requestsMax: 50 })
  for (let i = 0; i < 80; i++) index.add(hash(i), { rejected: i % 2, message: i % 2 ? 'why' : '' }, 5000 + i)
  const again = new RequestIndex({ windowMs: 1000, requestsMax: 50 })
  for (const entry of JSON.parse(JSON.stringify([...index.entries()]))) again.addEntry(entry, 5100)
  for (let i = 30; i < 80; i++) expect(again.find(hash(i))).toEqual(index.find(hash(i)))
  expect(again.lastSeq).toBe(index.lastSeq)
})

test('entries older than two windows are not taken in', () => {
  const index = new RequestIndex({ windowMs: 1000, requestsMax: 50 })
  index.addEntry(
    { timeMs: 1000, lastSeq: '77', requests: [[Buffer.from(hash(1), 'latin1').toString('base64')]] },
    4000,
  )
  expect(index.find(hash(1))).toBeUndefined()
  expect(index.lastSeq).toBe(77n)
})
