import { afterAll, beforeAll } from 'vitest'
import { caps } from '../tail/behaviours/caps.ts'
import { ends } from '../tail/behaviours/ends.ts'
import { healthyFollows } from '../tail/behaviours/healthy.ts'
import { reconnects } from '../tail/behaviours/reconnects.ts'
import { refusals } from '../tail/behaviours/refusals.ts'
import { restarts } from '../tail/behaviours/restarts.ts'
import { rotations } from '../tail/behaviours/rotation.ts'
import { ControlPlane } from './support/control-plane.ts'
import { RealCluster } from './support/real-cluster.ts'

/**
 * Scenario: the table of behaviours that `npm test` runs in one process, against a real API server with the tests' kubelet
 * behind it. Guarantees: what the tail promises does not rest on how the fake API server answers.
 */

let plane: ControlPlane
beforeAll(async () => {
  plane = await ControlPlane.start()
})
afterAll(() => plane.stop())

const start = (): Promise<RealCluster> => RealCluster.start(plane)

refusals(start)
healthyFollows(start)
reconnects(start)
rotations(start)
restarts(start)
ends(start)
caps(start)
