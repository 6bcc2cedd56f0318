import { ATTRIBUTE } from '../../otlp/slots.ts'

/** What tells a container's lines among received rows: the one split between what kubelets bring and what senders bring. */
export type ContainerLinesOptions = {
  /** Clusters whose kubelets are asked. */
  readonly clusters: ReadonlySet<string>
  /** A record with one of these attributes was read from a container's log. */
  readonly attributes: ReadonlyArray<string>
}

const CLUSTER = 'k8s.cluster.name'
const POD_UID = 'k8s.pod.uid'
const CONTAINER = 'k8s.container.name'

/** The lane of a container over its restarts; uids of pods are unique among all clusters. */
export function containerLane(podUid: string, container: string): string {
  return `pod/${podUid}/${container}`
}

/**
 * A row is a container's line if its resource names the uid of the pod and the container, in a cluster that is followed (or
 * names none), and the record has an attribute that only those who read container logs set. What an SDK sends from the same
 * pod lacks it, and is told as it is received.
 */
export class ContainerLines {
  readonly #clusters: ReadonlySet<string>
  readonly #names: ReadonlySet<string>
  readonly #keys: ReadonlyArray<Buffer>

  constructor({ clusters, attributes }: ContainerLinesOptions) {
    this.#clusters = clusters
    this.#names = new Set(attributes)
    this.#keys = attributes.map((name) => Buffer.from(name))
  }

  /** The lane of the container that a resource stands for; undefined: of none that is followed. */
  laneOf(keys: ReadonlyArray<string>, values: ReadonlyArray<string>): string | undefined {
    const cluster = attributeOf(keys, values, CLUSTER)
    if (cluster !== '' && !this.#clusters.has(cluster)) return undefined
    const podUid = attributeOf(keys, values, POD_UID)
    const container = attributeOf(keys, values, CONTAINER)
    return podUid === '' || container === '' ? undefined : containerLane(podUid, container)
  }

  isRead(attributeKeys: ReadonlyArray<string>): boolean {
    return attributeKeys.some((key) => this.#names.has(key))
  }

  /** The same of a record of a batch: `count` attributes from `first` on. */
  isReadIn(bytes: Buffer, attributes: Uint32Array, first: number, count: number): boolean {
    for (let i = first; i < first + count; i++) {
      const at = i * ATTRIBUTE.stride
      const start = attributes[at + ATTRIBUTE.keyStart]!
      const end = attributes[at + ATTRIBUTE.keyEnd]!
      for (const key of this.#keys)
        if (key.length === end - start && key.compare(bytes, start, end) === 0) return true
    }
    return false
  }
}

function attributeOf(keys: ReadonlyArray<string>, values: ReadonlyArray<string>, key: string): string {
  return values[keys.indexOf(key)] ?? ''
}
