import type { Batch } from '../../otlp/batch.ts'
import type { KnownDimensions } from '../commit/known-dimensions.ts'
import type { OpenCommit } from '../commit/open-commit.ts'
import type { Sequence } from '../spool/sequence.ts'
import { resources as resourcesTable } from '../tables/resources.ts'
import type { ResolvedResource, SignalRows } from '../tables/rows.ts'
import type { ClockResult } from './clock/clock.ts'
import { type NeededResource, type Partition, Partitioner, partitionName } from './partitions.ts'
import type { ResourceResolver } from './resources.ts'
import type { SignalKind } from './signal-kind.ts'
import { highWord, lowWord } from './words.ts'

export type WriterParts = {
  readonly gatewayId: string
  readonly sequence: Sequence
  readonly resolver: ResourceResolver
  readonly known: KnownDimensions
  /** The longest retention class in use: how long a resource must stay. */
  readonly resourceTtlDays: number
}

export type WrittenRows = ClockResult & {
  readonly stored: number
  /** Per record its Seq as two words, if it was asked for. */
  readonly seq: Uint32Array | undefined
}

/** Turns the kept records of a batch into rows of the open commit. One per signal; the machinery is shared. */
export class SignalWriter {
  readonly #kind: SignalKind
  readonly #parts: WriterParts
  readonly #partitioner = new Partitioner()
  readonly #resources: ResolvedResource[] = []

  constructor(kind: SignalKind, parts: WriterParts) {
    this.#kind = kind
    this.#parts = parts
  }

  write(batch: Batch, receivedMs: number, commit: OpenCommit, withSeq: boolean): WrittenRows {
    const { resolver, sequence, gatewayId, known } = this.#parts
    const { clock: clocks, tables, routes, addBeside } = this.#kind
    const resources = this.#resources
    resources.length = 0
    for (let i = 0; i < batch.resources.count; i++) resources.push(resolver.resolve(batch, i))
    const clock = clocks.settle(batch, resources, receivedMs)
    const needed: NeededResource[] = []
    const seq = withSeq ? new Uint32Array(2 * batch.records.count) : undefined
    let stored = 0
    const partitions = this.#partitioner.split(batch, resources, needed, routes?.(batch))
    this.#addResources(needed, commit)
    for (const partition of partitions) {
      const { index, count, day, retentionDays, route } = partition
      const first = sequence.take(count)
      const rows: SignalRows = {
        batch,
        index,
        count,
        resources,
        gatewayId,
        seqLow: lowWord(first),
        seqHigh: highWord(first),
      }
      addBeside?.(rows, { day, retentionDays }, route, { commit, sequence, series: known.series })
      commit.add(tables[route]!, { name: partitionName(partition), day, retentionDays }, rows, first)
      if (seq !== undefined) writeSeq(seq, rows)
      stored += count
    }
    return { ...clock, stored, seq }
  }

  /** Adds the resource-days that are neither durable nor in this commit yet. */
  #addResources(needed: ReadonlyArray<NeededResource>, commit: OpenCommit): void {
    const { known, resourceTtlDays } = this.#parts
    const byDay = new Map<number, NeededResource[]>()
    for (const entry of needed) {
      const { tenantId, fingerprintLow, fingerprintHigh } = entry.resource
      const key = `${entry.day} ${fingerprintLow} ${fingerprintHigh} ${tenantId}`
      if (commit.dimensionKeys.has(key) || known.has(key)) continue
      commit.dimensionKeys.add(key)
      const day = byDay.get(entry.day)
      if (day === undefined) byDay.set(entry.day, [entry])
      else day.push(entry)
    }
    for (const [day, entries] of byDay) {
      const partition: Partition = { day, retentionDays: resourceTtlDays }
      const rows = { entries, ttlDays: resourceTtlDays, count: entries.length }
      commit.add(
        resourcesTable,
        { name: partitionName(partition), ...partition },
        rows,
        this.#parts.sequence.take(1),
      )
    }
  }
}

function writeSeq(seq: Uint32Array, { index, count, seqLow, seqHigh }: SignalRows): void {
  let low = seqLow
  let high = seqHigh
  for (let i = 0; i < count; i++) {
    seq[2 * index[i]!] = low
    seq[2 * index[i]! + 1] = high
    low = (low + 1) >>> 0
    if (low === 0) high++
  }
}
