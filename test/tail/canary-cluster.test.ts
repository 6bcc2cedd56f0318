import { endsWhenRevoked } from './canary/revoked.ts'
import { staysClean } from './canary/stays-clean.ts'
import { FakeCluster } from './support/fake-cluster.ts'

/**
 * Scenario: a canary in a pod, read by `weir canary`'s reader, while what can happen to pod, node, API server, gateway, collector
 * and ClickHouse happens. Guarantee: 0 missing, 0 duplicate, 0 unannounced, live and stored.
 */
staysClean(FakeCluster.start)
endsWhenRevoked(FakeCluster.start)
