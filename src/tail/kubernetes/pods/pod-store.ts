import type { PodObject } from '../client/objects.ts'
import { type Pod, podOf } from './pod.ts'
import type { PodChange } from './pod-view.ts'

type Entry = { readonly pod: Pod; readonly version: string }

/** The pods of a scope by uid. Sources may race (a watch and a single read): an older version never replaces a newer one. */
export class PodStore {
  readonly #cluster: string
  readonly #podsMax: number
  readonly #entries = new Map<string, Entry>()
  readonly #listeners = new Set<(change: PodChange) => void>()

  constructor(cluster: string, podsMax: number) {
    this.#cluster = cluster
    this.#podsMax = podsMax
  }

  find(uid: string): Pod | undefined {
    return this.#entries.get(uid)?.pod
  }

  *pods(): Generator<Pod> {
    for (const { pod } of this.#entries.values()) yield pod
  }

  subscribe(listener: (change: PodChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** False: there is no room. */
  put(object: PodObject): boolean {
    const { uid, resourceVersion } = object.metadata
    const version = resourceVersion ?? ''
    const known = this.#entries.get(uid)
    if (known === undefined && this.#entries.size >= this.#podsMax) return false
    if (known !== undefined && !isNewer(version, known.version)) return true
    const pod = podOf(this.#cluster, object)
    this.#entries.set(uid, { pod, version })
    this.#tell({ type: 'changed', pod })
    return true
  }

  remove(uid: string): void {
    const known = this.#entries.get(uid)
    if (known === undefined) return
    this.#entries.delete(uid)
    this.#tell({ type: 'deleted', pod: known.pod })
  }

  /** A complete list: what it lacks is gone. */
  replace(objects: ReadonlyArray<PodObject>): void {
    const listed = new Set(objects.map(({ metadata }) => metadata.uid))
    for (const uid of [...this.#entries.keys()]) if (!listed.has(uid)) this.remove(uid)
    for (const object of objects) this.put(object)
  }

  #tell(change: PodChange): void {
    for (const listener of [...this.#listeners]) listener(change)
  }
}

/** Versions are etcd's revisions; where one is no number, the later to arrive counts. */
function isNewer(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return true
  return version.length === than.length ? version > than : version.length > than.length
}
