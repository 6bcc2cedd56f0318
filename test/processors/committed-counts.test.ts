import { expect, test } from 'vitest'
import { CommittedCounts } from '../../src/processors/committed-counts.ts'

test('only what was counted for a commit that became durable joins the totals', () => {
  const counts = new CommittedCounts(2)
  counts.of(1)[0]! += 1
  counts.of(1)[0]! += 10
  counts.of(2)[0]! += 100
  counts.of(4)[1]! += 1000
  expect([...counts.totals]).toEqual([0, 0])
  counts.committed(1)
  expect([...counts.totals]).toEqual([11, 0])
  counts.refused(2)
  // Nothing of this one was counted.
  counts.committed(3)
  counts.committed(4)
  expect([...counts.totals]).toEqual([11, 1000])
})

test('a commit that was never reported holds none of those after it back', () => {
  const counts = new CommittedCounts(1)
  counts.of(1)[0]! += 1
  counts.of(2)[0]! += 10
  counts.committed(2)
  expect([...counts.totals]).toEqual([10])
})
