import { randomUUID } from 'node:crypto'
import type { Config } from '../config/schema.ts'
import { queryLimits } from '../query/http/query-limits.ts'
import { createLokiExecutor } from '../query/loki/execute/executor.ts'
import { LabelMapping } from '../query/loki/execute/labels.ts'
import type { QueryRun } from '../query/loki/execute/types.ts'
import type { SocketRoute } from '../query/socket-route.ts'
import { READ_TABLES } from '../query/tables.ts'
import type { Database } from '../store/database.ts'
import { ResourceResolver } from '../store/rows/resources.ts'
import { storeOptions } from '../store/store-options.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { clusterSources } from './cluster/assemble.ts'
import { lokiTailRoute } from './fronts/loki.ts'
import { nativeTailRoute } from './fronts/native.ts'
import { TailHub } from './hub.ts'
import type { KubernetesClient } from './kubernetes/client/client.ts'
import { Readable } from './receive/readable.ts'
import { replicasOf } from './receive/replicas.ts'
import { LiveLabels } from './receive/rows.ts'
import { ReceiveSource } from './receive/source.ts'
import { StoredReader } from './receive/stored.ts'
import { type ReceivingStore, Upstream } from './receive/upstream.ts'
import type { InForce } from './rules/line-rules.ts'
import type { ContainerLines } from './seam/container-lines.ts'
import type { TailSource } from './source.ts'

export type TailParts = {
  readonly store: ReceivingStore
  readonly gatewayId: string
  readonly reader: Database
  readonly metrics: Metrics
  readonly logger: Logger
  /** Undefined without one. */
  readonly kubernetes?: {
    /** By name. */
    readonly clusters: ReadonlyMap<string, KubernetesClient>
    /** The rules in force. */
    readonly rules: InForce
  }
}

export type Tail = {
  readonly hub: TailHub
  readonly sockets: ReadonlyArray<SocketRoute>
  /** Tells every viewer that the gateway stops, and closes. */
  stop(): Promise<void>
}

/** The tail of a configuration: sources, hub and fronts. Nothing runs until somebody watches. */
export function createTail(config: Config, parts: TailParts): Tail {
  const { metrics, logger } = parts
  const { tail } = config
  const clusters = parts.kubernetes && clusterSources(config, { ...parts, ...parts.kubernetes })
  const sources: TailSource[] = [
    receiveSource(config, parts, clusters?.containers),
    ...(clusters?.sources ?? []),
  ]
  const hub = new TailHub(tail, { sources, metrics, log: logger, nowMs: Date.now })
  const { historyLinesMax, pingIntervalMs } = tail
  const podAccess = clusters?.podAccess
  const front = { hub, historyLinesMax, pingIntervalMs, metrics, nowMs: Date.now, podAccess }
  return {
    hub,
    sockets: [lokiTailRoute(front), nativeTailRoute(front)],
    stop: () => hub.stop(),
  }
}

function receiveSource(config: Config, parts: TailParts, containers: ContainerLines | undefined): TailSource {
  const { store, gatewayId, reader, logger } = parts
  const { tail, query } = config
  const { resources } = storeOptions(config, gatewayId, 0)
  const labels = new LiveLabels(new ResourceResolver(resources), new LabelMapping(query), containers)
  const executor = createLokiExecutor({ reader, tables: READ_TABLES, limits: query, nowMs: Date.now })
  const runOf = (tenantIds: ReadonlyArray<string>, signal: AbortSignal): QueryRun => ({
    requestId: `tail-${randomUUID()}`,
    signal,
    limits: queryLimits(query, tenantIds),
  })
  const { ringBytesMax, lingerMs } = tail
  return new ReceiveSource({
    gatewayId,
    store,
    upstream: new Upstream({ store, gatewayId, labels, ringBytesMax, lingerMs }),
    stored: new StoredReader(executor, runOf, tail.historyReadsMax, containers),
    readable: new Readable(store),
    replicas: replicasOf(reader, gatewayId),
    pollMs: tail.replicaPollMs,
    linesMax: Math.max(1, tail.historyLinesMax),
    catchUpMsMax: tail.catchUpMsMax,
    nowMs: Date.now,
    failed: (error) => logger.warn({ err: error }, 'stored lines could not be read for tails'),
  })
}
