import { endsWhenRevoked } from './canary/revoked.ts'
import { FakeCluster } from './support/fake-cluster.ts'

/**
 * Scenario: users whom the cluster lets read a pod's log, and then one of them no longer. Guarantee: each of the user's tails ends with
 * the reason, and shows nothing more.
 */
endsWhenRevoked(FakeCluster.start)
