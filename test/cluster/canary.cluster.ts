import { afterAll, beforeAll } from 'vitest'
import { endsWhenRevoked } from '../tail/canary/revoked.ts'
import { staysClean } from '../tail/canary/stays-clean.ts'
import { CARRIERS, ENDS, LOGS, STORES } from '../tail/canary/table.ts'
import { ControlPlane } from './support/control-plane.ts'
import { RealCluster } from './support/real-cluster.ts'

/**
 * Scenario: the canary's table that `npm test` runs in one process, with a whole gateway before a real API server. Guarantees:
 * each line once on both of its tails, and in ClickHouse; nothing of that rests on how the fake API server answers.
 */

let plane: ControlPlane
beforeAll(async () => {
  plane = await ControlPlane.start()
})
// The last to be stopped.
afterAll(() => plane.stop())

const start = (): Promise<RealCluster> => RealCluster.start(plane)

staysClean(start, [...LOGS, ...CARRIERS, ...STORES, ...ENDS])
endsWhenRevoked(start)
