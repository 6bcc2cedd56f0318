import { staysClean } from './canary/stays-clean.ts'
import { CARRIERS, LOGS } from './canary/table.ts'
import { FakeCluster } from './support/fake-cluster.ts'

/**
 * Scenario: a canary in a pod, read by `weir canary`'s reader and by Grafana's tail, while what can happen to log, pod, node, API
 * server and gateway happens. Guarantee: 0 missing, 0 duplicate, 0 unannounced, live and stored.
 */
staysClean(FakeCluster.start, [...LOGS, ...CARRIERS])
