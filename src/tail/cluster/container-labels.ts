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
import type { ResourceAttributes } from '../rules/line-records.ts'
import type { LineRules } from '../rules/line-rules.ts'

/** What a container's lines are labelled by; one object as long as it does not change. */
export type ContainerResource = {
  readonly facts: ResourceFacts
  /** For those who read a resource as attributes. */
  readonly attributes: ResourceAttributes
}

const RESTART_COUNT = 'k8s.container.restart_count'

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
  readonly #rules: LineRules

  constructor(mapping: LabelMapping, resolver: ResourceResolver, rules: LineRules) {
    this.#mapping = mapping
    this.#resolver = resolver
    this.#rules = rules
  }

  /** As it is stored; of another instance, with that one's restart count. */
  ofStored({ appId, keys, values, dropped }: ResourceFacts, restartCount: number): ContainerResource {
    const at = keys.indexOf(RESTART_COUNT)
    const own = at === -1 ? values : values.with(at, String(restartCount))
    const attributes = Object.fromEntries(keys.map((key, index) => [key, own[index]!]))
    return { facts: { appId, keys, values: own, dropped }, attributes }
  }

  /** As a collector will send it and the rules in force will change it, of a container that nothing is stored of. */
  ofPod(pod: Pod, container: string, restartCount: number): ContainerResource {
    const attributes = podResource(pod, { name: container, restartCount }, pod.cluster)
    const { appId, attributeKeys, attributeValues } = this.#rules.resource(attributes, this.#resolver)
    return { facts: { appId, keys: attributeKeys, values: attributeValues, dropped: 0 }, attributes }
  }

  labelsOf({ facts }: ContainerResource, tenantLabel: string | undefined): ResourceLabels {
    return this.#mapping.ofResource(facts, tenantLabel)
  }

  /** `changed`: what a rule makes of the line. */
  metadataOf(line: string, changed: RowFacts | undefined, { metadata }: ResourceLabels): Labels {
    return this.#mapping.metadataOf(changed ?? { ...FACTS, body: line }, metadata)
  }
}
