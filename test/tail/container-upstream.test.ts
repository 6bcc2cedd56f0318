import { expect, it } from 'vitest'
import { ContainerUpstream } from '../../src/tail/cluster/follow/container-upstream.ts'
import { Hole } from '../../src/tail/seam/holes/hole.ts'
import { lineBatch } from './support/line-batch.ts'

const REF = { cluster: 'c', namespace: 'shop', pod: 'web-0', podUid: '1', container: 'app' }
const SECOND = 1_000_000_000n

const openHole = (): Hole =>
  new Hole({
    lane: 'web-0',
    fromNs: 10n * SECOND,
    endNs: undefined,
    reason: 'gone',
    afterNs: 10n * SECOND,
    isEndExact: false,
  })

it('a log keeps no hole that nobody looks for any more, however long it is silent', () => {
  const upstream = new ContainerUpstream({ ref: REF, fromSeconds: 10, isWhole: true, ringBytesMax: 1000 })
  const [gone, stays] = [openHole(), openHole()]
  upstream.edge(gone)
  gone.over()
  upstream.edge(stays)
  const before = gone.range
  upstream.lines(lineBatch([{ text: 'after', seconds: 20, nanos: 0 }]))
  expect(gone.range).toEqual(before)
  expect(stays.range.endNs).toBeGreaterThanOrEqual(20n * SECOND)
  expect(stays.range.endNs).toBeLessThan(30n * SECOND)
})
