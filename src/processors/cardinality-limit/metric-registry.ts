import { hashBytes } from '../../otlp/hash/bytes.ts'
import { METRICS_END } from './series-slots.ts'

/** The specification's instrument names have at most 255 characters. */
export const METRIC_NAME_BYTES_MAX = 1024
/** Of a metric that can't be numbered. */
export const NO_METRIC = 0

export type MetricRegistryOptions = {
  /** Metrics of all tenants together; below {@link METRICS_END}. */
  readonly metricsMax: number
  /** Of a name; for tests. */
  readonly hash?: typeof hashBytes
}

/**
 * Gives (tenant, metric name) a small number, from 1 on. Names are compared as bytes, so that a look-up makes no string.
 * Numbers are given again after `release`; `versionOf` tells one use of a number from the next.
 */
export class MetricRegistry {
  readonly metricsMax: number
  readonly #hash: typeof hashBytes
  readonly #tenants = new Map<string, { readonly id: number; metrics: number }>()
  #nextTenant = 1
  #changes = 0
  /** Per number; nothing at the numbers that are free. */
  readonly #tenantNames: (string | undefined)[] = [undefined]
  readonly #names: (Buffer | undefined)[] = [undefined]
  #tenantIds = new Float64Array(64)
  #hashes = new Int32Array(64)
  #versions = new Int32Array(64)
  /** The next number in the same chain; 0 ends it. */
  #next = new Int32Array(64)
  #heads = new Int32Array(64)
  readonly #free: number[] = []

  constructor({ metricsMax, hash = hashBytes }: MetricRegistryOptions) {
    this.metricsMax = Math.min(metricsMax, METRICS_END - 1)
    this.#hash = hash
  }

  /** How many metrics have a number. */
  get size(): number {
    return this.end - 1 - this.#free.length
  }

  /** Numbers given are below this. */
  get end(): number {
    return this.#names.length
  }

  /** How often a number was given. */
  get changes(): number {
    return this.#changes
  }

  /** Rises when a number is given to another metric: what was kept for the old one is void. */
  versionOf(metric: number): number {
    return this.#versions[metric]!
  }

  isUsed(metric: number): boolean {
    return this.#names[metric] !== undefined
  }

  /** Undefined for numbers that are free. */
  tenantOf(metric: number): string | undefined {
    return this.#tenantNames[metric]
  }

  /** Undefined for numbers that are free. */
  nameOf(metric: number): { readonly tenant: string; readonly name: Buffer } | undefined {
    const tenant = this.#tenantNames[metric]
    const name = this.#names[metric]
    return tenant === undefined || name === undefined ? undefined : { tenant, name }
  }

  /** The number of `bytes[start, end)` of a tenant; {@link NO_METRIC} if it has none. */
  find(tenant: string, bytes: Uint8Array, start: number, end: number): number {
    const known = this.#tenants.get(tenant)
    return known === undefined ? NO_METRIC : this.#search(known.id, bytes, start, end)
  }

  /** The same, given now if it has none yet; {@link NO_METRIC} if the registry is full or the name is too long. */
  number(tenant: string, bytes: Uint8Array, start: number, end: number): number {
    const known = this.#tenants.get(tenant)
    if (known !== undefined) {
      const metric = this.#search(known.id, bytes, start, end)
      if (metric !== NO_METRIC) return metric
    }
    if (this.size >= this.metricsMax || end - start > METRIC_NAME_BYTES_MAX) return NO_METRIC
    const owner = known ?? { id: this.#nextTenant++, metrics: 0 }
    owner.metrics++
    this.#changes++
    this.#tenants.set(tenant, owner)
    const metric = this.#free.pop() ?? this.end
    this.#ensure(metric)
    this.#tenantNames[metric] = tenant
    this.#names[metric] = Buffer.from(bytes.subarray(start, end))
    this.#tenantIds[metric] = owner.id
    this.#versions[metric]!++
    this.#hashes[metric] = this.#hashOf(owner.id, bytes, start, end)
    this.#link(metric)
    return metric
  }

  /** Frees a number. The caller knows that nothing holds it any more. */
  release(metric: number): void {
    const tenant = this.#tenantNames[metric]
    if (tenant === undefined) return
    const owner = this.#tenants.get(tenant)!
    owner.metrics--
    if (owner.metrics === 0) this.#tenants.delete(tenant)
    this.#unlink(metric)
    this.#tenantNames[metric] = undefined
    this.#names[metric] = undefined
    this.#free.push(metric)
  }

  /** Tenants have metrics of the same names: their numbers, one after the other, spread them over the table. */
  #hashOf(tenantId: number, bytes: Uint8Array, start: number, end: number): number {
    return this.#hash(bytes, start, end) ^ Math.imul(tenantId, 0x9e3779b1)
  }

  #search(tenantId: number, bytes: Uint8Array, start: number, end: number): number {
    const hash = this.#hashOf(tenantId, bytes, start, end)
    let metric = this.#heads[hash & (this.#heads.length - 1)]!
    while (metric !== NO_METRIC) {
      if (
        this.#hashes[metric] === hash &&
        this.#tenantIds[metric] === tenantId &&
        isSame(this.#names[metric]!, bytes, start, end)
      )
        return metric
      metric = this.#next[metric]!
    }
    return NO_METRIC
  }

  #link(metric: number): void {
    const head = this.#hashes[metric]! & (this.#heads.length - 1)
    this.#next[metric] = this.#heads[head]!
    this.#heads[head] = metric
  }

  #unlink(metric: number): void {
    const head = this.#hashes[metric]! & (this.#heads.length - 1)
    if (this.#heads[head] === metric) {
      this.#heads[head] = this.#next[metric]!
      return
    }
    let before = this.#heads[head]!
    while (this.#next[before] !== metric) before = this.#next[before]!
    this.#next[before] = this.#next[metric]!
  }

  /** Makes room for a number; as many chains as numbers. */
  #ensure(metric: number): void {
    if (metric < this.#hashes.length) return
    const length = 2 * this.#hashes.length
    this.#tenantIds = extended(this.#tenantIds, new Float64Array(length))
    this.#hashes = extended(this.#hashes, new Int32Array(length))
    this.#versions = extended(this.#versions, new Int32Array(length))
    this.#next = new Int32Array(length)
    this.#heads = new Int32Array(length)
    for (let other = 1; other < this.end; other++) if (this.#names[other] !== undefined) this.#link(other)
  }
}

function extended<T extends Int32Array | Float64Array>(array: T, into: T): T {
  into.set(array)
  return into
}

function isSame(name: Buffer, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false
  return true
}
