import { LRUCache } from 'lru-cache'
import type { Batch } from '../../otlp/batch.ts'
import { ATTRIBUTE, KIND_LETTERS, RESOURCE, type ValueKind } from '../../otlp/slots.ts'
import { valueToString } from '../../otlp/text.ts'
import type { ResolvedResource } from '../tables/rows.ts'
import { type CanonicalAttribute, canonicalOrder, resourceFingerprint } from './fingerprint.ts'

/** What the retention of a row may depend on. */
export type RetentionFacts = {
  readonly tenantId: string
  readonly namespace: string
  readonly serviceName: string
}

export type ResourceOptions = {
  /** Attributes that name the app, first one found wins; `service.name` and the workload come after them. */
  readonly appIdAttributes: ReadonlyArray<string>
  readonly retentionDaysOf: (facts: RetentionFacts) => number
}

const WORKLOAD_ATTRIBUTES = [
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
]
const CACHED_RESOURCES_MAX = 20_000
const CACHED_BYTES_MAX = 64 << 20

/**
 * Turns a batch's resource into what its rows carry. Called once per resource and request; the cache makes the
 * usual case (a resource seen before) one copy and one look-up, without decoding an attribute.
 */
export class ResourceResolver {
  readonly #options: ResourceOptions
  readonly #cache = new LRUCache<string, ResolvedResource>({
    max: CACHED_RESOURCES_MAX,
    maxSize: CACHED_BYTES_MAX,
    sizeCalculation: (_, key) => key.length * 4 + 500,
  })
  #scratch = Buffer.allocUnsafe(4096)

  constructor(options: ResourceOptions) {
    this.#options = options
  }

  resolve(batch: Batch, resource: number): ResolvedResource {
    const key = this.#key(batch, resource)
    const cached = this.#cache.get(key)
    if (cached !== undefined) return cached
    const resolved = this.#build(batch, resource)
    this.#cache.set(key, resolved)
    return resolved
  }

  /** An injective copy of all that the result depends on, as a string. */
  #key(batch: Batch, resource: number): string {
    const { bytes } = batch
    const row = batch.resources.data
    const at = resource * RESOURCE.stride
    const first = row[at + RESOURCE.attributesFirst]!
    const count = row[at + RESOURCE.attributesCount]!
    const urlStart = row[at + RESOURCE.schemaUrlStart]!
    const urlEnd = row[at + RESOURCE.schemaUrlEnd]!
    let length = this.#put(0, bytes, urlStart, urlEnd, row[at + RESOURCE.droppedAttributesCount]!)
    const attributes = batch.attributes.data
    for (let i = first; i < first + count; i++) {
      const base = i * ATTRIBUTE.stride
      const kind = attributes[base + ATTRIBUTE.kind]!
      length = this.#put(
        length,
        bytes,
        attributes[base + ATTRIBUTE.keyStart]!,
        attributes[base + ATTRIBUTE.keyEnd]!,
        kind,
      )
      const valueStart = attributes[base + ATTRIBUTE.valueStart]!
      const valueEnd = attributes[base + ATTRIBUTE.valueEnd]!
      // A bool's value stands in the slot itself (KIND 2): its range is no range.
      if (KIND_LETTERS[kind] === 'b') length = this.#put(length, bytes, 0, 0, valueStart)
      else length = this.#put(length, bytes, valueStart, valueEnd, 0)
    }
    return `${batch.tenants[row[at + RESOURCE.tenant]!]}\0${this.#scratch.toString('latin1', 0, length)}`
  }

  #put(at: number, bytes: Buffer, start: number, end: number, number: number): number {
    const next = at + 8 + end - start
    if (next > this.#scratch.length) {
      const grown = Buffer.allocUnsafe(next * 2)
      this.#scratch.copy(grown, 0, 0, at)
      this.#scratch = grown
    }
    this.#scratch.writeUInt32LE(number, at)
    this.#scratch.writeUInt32LE(end - start, at + 4)
    bytes.copy(this.#scratch, at + 8, start, end)
    return next
  }

  #build(batch: Batch, resource: number): ResolvedResource {
    const row = batch.resources.data
    const at = resource * RESOURCE.stride
    const attributes = canonicalOrder(
      readAttributes(batch, row[at + RESOURCE.attributesFirst]!, row[at + RESOURCE.attributesCount]!),
    )
    const schemaUrl = batch.bytes.toString(
      'utf8',
      row[at + RESOURCE.schemaUrlStart]!,
      row[at + RESOURCE.schemaUrlEnd]!,
    )
    const droppedAttributesCount = row[at + RESOURCE.droppedAttributesCount]!
    const { low, high } = resourceFingerprint(schemaUrl, droppedAttributesCount, attributes)
    const value = (...names: ReadonlyArray<string>): string => firstValue(attributes, names)
    const tenantId = batch.tenants[row[at + RESOURCE.tenant]!]!
    const serviceName = value('service.name')
    const namespace = value('k8s.namespace.name')
    return {
      tenantId,
      fingerprintLow: low,
      fingerprintHigh: high,
      serviceName,
      appId: value(...this.#options.appIdAttributes, 'service.name', ...WORKLOAD_ATTRIBUTES),
      environment: value('deployment.environment.name', 'deployment.environment'),
      cluster: value('k8s.cluster.name'),
      namespace,
      pod: value('k8s.pod.name'),
      container: value('k8s.container.name'),
      retentionDays: this.#options.retentionDaysOf({ tenantId, namespace, serviceName }),
      schemaUrl,
      droppedAttributesCount,
      attributeKeys: attributes.map(({ key }) => key),
      attributeValues: attributes.map(({ value: text }) => text),
      attributeTypes: attributes.map(({ letter }) => letter).join(''),
    }
  }
}

function readAttributes(batch: Batch, first: number, count: number): CanonicalAttribute[] {
  const result: CanonicalAttribute[] = []
  const rows = batch.attributes.data
  for (let i = first; i < first + count; i++) {
    const base = i * ATTRIBUTE.stride
    const kind = rows[base + ATTRIBUTE.kind]! as ValueKind
    result.push({
      key: batch.bytes.toString('utf8', rows[base + ATTRIBUTE.keyStart]!, rows[base + ATTRIBUTE.keyEnd]!),
      letter: KIND_LETTERS[kind]!,
      value: valueToString(
        kind,
        batch.bytes,
        rows[base + ATTRIBUTE.valueStart]!,
        rows[base + ATTRIBUTE.valueEnd]!,
      ),
    })
  }
  return result
}

function firstValue(attributes: ReadonlyArray<CanonicalAttribute>, names: ReadonlyArray<string>): string {
  for (const name of names) {
    const found = attributes.find(({ key, value }) => key === name && value !== '')
    if (found !== undefined) return found.value
  }
  return ''
}
