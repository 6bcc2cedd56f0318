import { describe } from 'vitest'
import { whateverHappens } from './behaviours/random.ts'
import { FakeCluster } from './support/fake-cluster.ts'

describe('whatever happens', () => {
  // An hour of the tail in some seconds.
  whateverHappens(FakeCluster.start, { runs: { quiet: 40, rough: 80 }, speed: 1000, breathMs: 0 })
})
