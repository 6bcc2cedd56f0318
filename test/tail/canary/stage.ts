import { freePort } from '../../../src/store/engine/ports.ts'
import { Clustered } from '../support/clustered.ts'
import type { TestCluster } from '../support/test-cluster.ts'
import { WaywardClickHouse } from './clickhouse.ts'

/** What lets time pass at the nodes must not bring them ahead of the gateway. */
const BEHIND_SECONDS = 3000
/** A reader that comes while ClickHouse lags behind is to hear of it soon; longer than inserts take that nothing holds up. */
const OF_TAIL = 'catchUpMsMax: 3000'

/** A whole gateway between a cluster and a ClickHouse. */
export class Stage {
  readonly clustered: Clustered<TestCluster>
  readonly clickhouse: WaywardClickHouse

  private constructor(clustered: Clustered<TestCluster>, clickhouse: WaywardClickHouse) {
    this.clustered = clustered
    this.clickhouse = clickhouse
  }

  /** The cluster ends with the stage. */
  static async start(cluster: TestCluster): Promise<Stage> {
    const clickhouse = await WaywardClickHouse.start()
    // Who reads comes back to where it was, also after a restart.
    const listen = `{grpc: 127.0.0.1:0, http: 127.0.0.1:0, api: "127.0.0.1:${await freePort()}"}`
    const more = `clickhouse: ${JSON.stringify(clickhouse.section)}\nlisten: ${listen}\n`
    return new Stage(await Clustered.on(cluster, BEHIND_SECONDS, { more, ofTail: OF_TAIL }), clickhouse)
  }

  get cluster(): TestCluster {
    return this.clustered.cluster
  }

  async stop(): Promise<void> {
    this.clickhouse.catchUp()
    await this.clustered.stop()
    await this.clickhouse.stop()
  }
}
