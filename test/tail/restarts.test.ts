import { ends } from './behaviours/ends.ts'
import { restarts } from './behaviours/restarts.ts'
import { FakeCluster } from './support/fake-cluster.ts'

restarts(FakeCluster.start)
ends(FakeCluster.start)
