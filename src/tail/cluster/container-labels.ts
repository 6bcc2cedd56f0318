import type { Labels } from '../../query/logql/record.ts'
import type {
  LabelMapping,
  ResourceFacts,
  ResourceLabels,
  RowFacts,
} from '../../query/loki/execute/labels.ts'
import type { ResourceResolver } from '../../store/rows/resources.ts'
import { podResource } from '../kubernetes/pod-resource.ts'
import type { Pod } from '../kubernetes/pods/pod.ts'
import { LineRecords, type ResourceAttributes } from '../rules/line-records.ts'

/** What a container's lines are labelled by; one object as long as it does not change. */
export type ContainerResource = {
  readonly facts: ResourceFacts
  /** For those who read a resource as attributes. */
  readonly attributes: ResourceAttributes
}

const RESTART_COUNT = 'k8s.container.restart_count'
const NO_LINES = {
  count: 0,
  bytes: Buffer.alloc(0),
  starts: new Uint32Array(1),
  seconds: new Uint32Array(0),
  nanos: new Uint32Array(0),
}

/** What a line of a container log has of a row's facts. */
const FACTS: Omit<RowFacts, 'body'> = {
  keys: [],
  values: [],
  scopeName: '',
  scopeVersion: '',
  scopeKeys: [],
  scopeValues: [],
  scopeDropped: 0,
  traceId: '',
  spanId: '',
  flags: 0,
  severityNumber: 0,
  severityText: '',
  observedTime: '0',
  eventName: '',
  dropped: 0,
}

/** Labels of live lines as the stored ones of their container have them. */
export class ContainerLabels {
  readonly #mapping: LabelMapping
  readonly #resolver: ResourceResolver
  readonly #records = new LineRecords()

  constructor(mapping: LabelMapping, resolver: ResourceResolver) {
    this.#mapping = mapping
    this.#resolver = resolver
  }

  /** As it is stored; of another instance, with that one's restart count. */
  ofStored({ appId, keys, values, dropped }: ResourceFacts, restartCount: number): ContainerResource {
    const at = keys.indexOf(RESTART_COUNT)
    const own = at === -1 ? values : values.with(at, String(restartCount))
    const attributes = Object.fromEntries(keys.map((key, index) => [key, own[index]!]))
    return { facts: { appId, keys, values: own, dropped }, attributes }
  }

  /** As a collector will send it, of a container that nothing is stored of. */
  ofPod(pod: Pod, container: string, restartCount: number): ContainerResource {
    const attributes = podResource(pod, { name: container, restartCount }, pod.cluster)
    const { appId, attributeKeys, attributeValues } = this.#resolver.resolve(
      this.#records.batchOf(attributes, NO_LINES),
      0,
    )
    return { facts: { appId, keys: attributeKeys, values: attributeValues, dropped: 0 }, attributes }
  }

  labelsOf({ facts }: ContainerResource, tenantLabel: string | undefined): ResourceLabels {
    return this.#mapping.ofResource(facts, tenantLabel)
  }

  metadataOf(line: string, { metadata }: ResourceLabels): Labels {
    return this.#mapping.metadataOf({ ...FACTS, body: line }, metadata)
  }
}
