import type { Config } from '../../config/schema.ts'
import { LabelMapping } from '../../query/loki/execute/labels.ts'
import { createQueries } from '../../query/sql/queries.ts'
import { source } from '../../query/sql/source.ts'
import { READ_TABLES } from '../../query/tables.ts'
import type { Database } from '../../store/database.ts'
import { ResourceResolver } from '../../store/rows/resources.ts'
import { storeOptions } from '../../store/store-options.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { PodAccess } from '../kubernetes/access/pod-access.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { replicasOf } from '../receive/replicas.ts'
import type { ReceivingStore } from '../receive/upstream.ts'
import { type InForce, LineRules } from '../rules/line-rules.ts'
import { ContainerLines } from '../seam/container-lines.ts'
import { ContainerLabels } from './container-labels.ts'
import { ClusterSource } from './source.ts'
import { KnownContainers } from './stored/known-containers.ts'
import { StoredContainers } from './stored/stored-containers.ts'

export type ClusterParts = {
  readonly store: Pick<ReceivingStore, 'watermark'>
  readonly gatewayId: string
  readonly reader: Database
  readonly logger: Logger
  readonly clusters: ReadonlyMap<string, KubernetesClient>
  readonly rules: InForce
}

export type Clusters = {
  readonly sources: ReadonlyArray<ClusterSource>
  readonly podAccess: PodAccess
  /** What of received rows is the kubelets' to bring. */
  readonly containers: ContainerLines
}

/** A source for every cluster of the configuration, and who may follow what of them. */
export function clusterSources(config: Config, parts: ClusterParts): Clusters {
  const { clusters, logger } = parts
  const { kubernetes, tail } = config
  const rules = new LineRules(parts.rules)
  const labels = new ContainerLabels(
    new LabelMapping(config.query),
    new ResourceResolver(storeOptions(config, parts.gatewayId, 0).resources),
    rules,
  )
  const containers = new ContainerLines({
    clusters: new Set(clusters.keys()),
    attributes: kubernetes.containerLogAttributes,
  })
  const known = knownContainers(config, parts, containers)
  const { ringBytesMax, podsMax, seamMarginMs: marginMs } = kubernetes
  const sources = [...clusters].map(
    ([name, client]) =>
      new ClusterSource({
        client,
        session: {
          namespace: kubernetes.clusters[name]?.namespace,
          podsMax,
          ringBytesMax,
          lingerMs: tail.lingerMs,
          tail: tailOptions(kubernetes),
          onProblem: ({ message, detail, code }) =>
            logger.warn(
              { cluster: name, code, detail },
              `pods can not be followed as they should: ${message}`,
            ),
        },
        labels,
        rules,
        marginMs,
        nowMs: Date.now,
        stored: (query, podUids) => known.stored(name, query, podUids),
        newest: (query, stored, startNs) => known.newest(query, stored, startNs),
        failed: (error) =>
          logger.warn({ err: error, cluster: name }, 'what is stored of containers is not known'),
      }),
  )
  const podAccess = new PodAccess({
    tenancy: config.tenancy,
    access: kubernetes.access,
    clusters,
    steadyMs: () => performance.now(),
    onProblem: ({ message, detail, code }) =>
      logger.warn({ code, detail }, `access to pods can not be decided: ${message}`),
  })
  return { sources, podAccess, containers }
}

function knownContainers(
  { query }: Config,
  { reader, store, gatewayId }: ClusterParts,
  containers: ContainerLines,
): KnownContainers {
  const replicas = replicasOf(reader, gatewayId)
  return new KnownContainers({
    containers: new StoredContainers({
      queries: createQueries(reader, query),
      logs: source(reader.name, READ_TABLES.logs),
      resources: source(reader.name, READ_TABLES.resources),
      containers,
      nowMs: Date.now,
    }),
    query,
    nowMs: Date.now,
    async readable() {
      const { oldestSeq, nextSeq } = store.watermark
      const marks = await replicas.marks()
      const before = new Map([
        [gatewayId, oldestSeq],
        ...marks.map((mark) => [mark.gatewayId, mark.oldestSeq] as const),
      ])
      return { before, otherwise: nextSeq }
    },
  })
}

function tailOptions(kubernetes: Config['kubernetes']) {
  const { containersMax, followsPerNodeMax, followsMax, opensPerSecond, lineBytesMax } = kubernetes
  return { containersMax, followsPerNodeMax, followsMax, opensPerSecond, lineBytesMax }
}
