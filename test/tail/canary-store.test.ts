import { staysClean } from './canary/stays-clean.ts'
import { ENDS, STORES } from './canary/table.ts'
import { FakeCluster } from './support/fake-cluster.ts'

/**
 * Scenario: the same canary, while collector and ClickHouse are late or away, and when its pod goes. Guarantee: live goes on, and what
 * waits is announced; in the end 0 missing, 0 duplicate, 0 unannounced, live and stored.
 */
staysClean(FakeCluster.start, [...STORES, ...ENDS])
