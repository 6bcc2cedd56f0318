import type { Batch } from '../../otlp/batch.ts'
import { LOG } from '../../otlp/slots.ts'
import { timeNs } from '../../query/logql/record.ts'
import type { LabelMapping, ResourceLabels, RowFacts } from '../../query/loki/execute/labels.ts'
import type { ResourceResolver } from '../../store/rows/resources.ts'
import type { ObservedRows } from '../../store/store.ts'
import type { ResolvedResource } from '../../store/tables/rows.ts'
import type { LiveRecord } from '../line.ts'
import { factsOf } from '../row-facts.ts'
import type { ContainerLines } from '../seam/container-lines.ts'

/** Of one received request: its kept rows, as records for the evaluator; each is made when the first query wants it. */
export type Chunk = {
  readonly firstSeq: bigint
  readonly lastSeq: bigint
  /** Held in memory, about. */
  readonly bytes: number
  /** Whose rows may be in it. */
  readonly tenantIds: ReadonlySet<string>
  /** Kept rows in the order of Seq. `resource` is the index of its resource. */
  readonly rows: ReadonlyArray<{ readonly record: number; readonly resource: number; readonly seq: bigint }>
  tenantOf(resource: number): string
  labelsOf(resource: number, labelTenants: boolean): ResourceLabels
  recordOf(row: Chunk['rows'][number], labelTenants: boolean): LiveRecord
  /** The container of a cluster that is followed whose line a row is, and the line's stamp. */
  containerOf(row: Chunk['rows'][number]): ContainerOfRow | undefined
}

export type ContainerOfRow = { readonly lane: string; readonly stampNs: bigint }

const ROW_BYTES = 400

/** Labels of live rows by the mapping of stored ones: history and live say the same of a row. */
export class LiveLabels {
  readonly #resolver: ResourceResolver
  readonly #mapping: LabelMapping
  readonly #containers: ContainerLines | undefined
  /** Resolved resources are cached by the resolver: their labels live as long, and one object is one stream. */
  readonly #single = new WeakMap<ResolvedResource, ResourceLabels>()
  readonly #several = new WeakMap<ResolvedResource, ResourceLabels>()

  /** `containers`: of clusters that are followed. */
  constructor(resolver: ResourceResolver, mapping: LabelMapping, containers?: ContainerLines) {
    this.#resolver = resolver
    this.#mapping = mapping
    this.#containers = containers
  }

  resolve(batch: Batch, resource: number): ResolvedResource {
    return this.#resolver.resolve(batch, resource)
  }

  ofResource(resource: ResolvedResource, labelTenants: boolean): ResourceLabels {
    const known = labelTenants ? this.#several : this.#single
    let labels = known.get(resource)
    if (labels === undefined) {
      const facts = {
        appId: resource.appId,
        keys: resource.attributeKeys,
        values: resource.attributeValues,
        dropped: resource.droppedAttributesCount,
      }
      labels = this.#mapping.ofResource(facts, labelTenants ? resource.tenantId : undefined)
      known.set(resource, labels)
    }
    return labels
  }

  metadataOf(row: RowFacts, { metadata }: ResourceLabels): LiveRecord['metadata'] {
    return this.#mapping.metadataOf(row, metadata)
  }

  laneOf({ attributeKeys, attributeValues }: ResolvedResource): string | undefined {
    return this.#containers?.laneOf(attributeKeys, attributeValues)
  }

  /** Was a record of a batch read from its container's log? */
  isRead({ bytes, records, attributes }: Batch, record: number): boolean {
    const at = record * records.stride
    const first = records.data[at + LOG.attributesFirst]!
    const count = records.data[at + LOG.attributesCount]!
    return this.#containers?.isReadIn(bytes, attributes.data, first, count) ?? false
  }
}

/** Undefined if no row was kept. */
export function chunkOf({ batch, seq }: ObservedRows, lane: string, labels: LiveLabels): Chunk | undefined {
  const rows = rowsOf(batch, seq)
  if (rows.length === 0) return undefined
  const resolved = new Map<number, ResolvedResource>()
  const resolve = (resource: number): ResolvedResource => {
    let known = resolved.get(resource)
    if (known === undefined) {
      known = labels.resolve(batch, resource)
      resolved.set(resource, known)
    }
    return known
  }
  const tenantOf = (resource: number): string => resolve(resource).tenantId
  const made = [new Map<number, LiveRecord>(), new Map<number, LiveRecord>()] as const
  const lanes = new Map<number, string | undefined>()
  const laneOf = (resource: number): string | undefined => {
    if (!lanes.has(resource)) lanes.set(resource, labels.laneOf(resolve(resource)))
    return lanes.get(resource)
  }
  return {
    firstSeq: rows[0]!.seq,
    lastSeq: rows.at(-1)!.seq,
    bytes: batch.byteLength + ROW_BYTES * rows.length,
    tenantIds: new Set(batch.tenants),
    rows,
    tenantOf,
    labelsOf: (resource, labelTenants) => labels.ofResource(resolve(resource), labelTenants),
    containerOf({ record, resource }) {
      const container = laneOf(resource)
      if (container === undefined || !labels.isRead(batch, record)) return undefined
      const { data, stride } = batch.records
      const timeHigh = data[record * stride + LOG.sourceTimeHigh]!
      const timeLow = data[record * stride + LOG.sourceTimeLow]!
      return { lane: container, stampNs: timeNs({ timeHigh, timeLow }) }
    },
    recordOf({ record, resource, seq: at }, labelTenants) {
      const known = made[labelTenants ? 1 : 0]
      let live = known.get(record)
      if (live === undefined) {
        const { data, stride } = batch.records
        const facts = factsOf(batch, record)
        const ofResource = labels.ofResource(resolve(resource), labelTenants)
        live = {
          timeHigh: data[record * stride + LOG.timeHigh]!,
          timeLow: data[record * stride + LOG.timeLow]!,
          line: facts.body,
          stream: ofResource.stream,
          metadata: labels.metadataOf(facts, ofResource),
          tenantId: tenantOf(resource),
          lane,
          seq: at,
        }
        known.set(record, live)
      }
      return live
    },
  }
}

function rowsOf(batch: Batch, seq: Uint32Array): Chunk['rows'] {
  const { data, stride, count } = batch.records
  const rows: Array<Chunk['rows'][number]> = []
  for (let record = 0; record < count; record++) {
    const low = seq[2 * record]!
    const high = seq[2 * record + 1]!
    if (low === 0 && high === 0) continue
    rows.push({
      record,
      resource: data[record * stride + LOG.resource]!,
      seq: (BigInt(high) << 32n) | BigInt(low),
    })
  }
  // Rows of several partitions (days) are numbered partition by partition.
  return rows.sort((a, b) => (a.seq < b.seq ? -1 : 1))
}
