import { type Batch, KEPT } from '../../otlp/batch.ts'
import { RECORD } from '../../otlp/slots.ts'
import type { ResolvedResource } from '../tables/rows.ts'
import { DayFinder, dayText } from './words.ts'

/** A partition of a table of rows: PARTITION BY (UTC day of the time, RetentionDays). */
export type Partition = { readonly day: number; readonly retentionDays: number }

/** The kept records of a batch that belong in one partition of one table (`route`). Reused by the next request. */
export type PartitionRows = Partition & { readonly route: number; index: Uint32Array; count: number }

/** A resource that the rows of a batch need, on a day. */
export type NeededResource = { readonly resource: ResolvedResource; readonly day: number }

const ROWS_AT_FIRST = 256
/** What stays for the next request beside the first list, which nearly all records are in. */
const LISTS_KEPT = 32
const ROWS_KEPT = 4096

/** How a partition is named in the spool and in messages. */
export function partitionName({ day, retentionDays }: Partition): string {
  return `${dayText(day)}/${retentionDays}d`
}

/** Sorts kept records by partition, since one insert may touch only one. Nearly always all go to the same. */
export class Partitioner {
  readonly #days = new DayFinder()
  readonly #lists: Array<PartitionRows & { day: number; retentionDays: number; route: number }> = []
  /** On which days the resource that we are at has records. */
  readonly #daysOfResource: number[] = []

  /**
   * The result is valid until the next call. `needed` gets each resource and day once, or again where another
   * resource stands between its records. `routes` says per record which table it goes to; without it all go to one.
   */
  split(
    batch: Batch,
    resources: ReadonlyArray<ResolvedResource>,
    needed: NeededResource[],
    routes?: Uint8Array,
  ): PartitionRows[] {
    this.#giveBack()
    const { count, stride, data } = batch.records
    let lists = 0
    let current: PartitionRows | undefined
    let lastDay = -1
    let lastResource = -1
    let lastRoute = -1
    for (let i = 0, base = 0; i < count; i++, base += stride) {
      if (batch.verdicts[i] !== KEPT) continue
      const day = this.#days.find(data[base + RECORD.timeLow]!, data[base + RECORD.timeHigh]!)
      const resource = data[base + RECORD.resource]!
      const route = routes === undefined ? 0 : routes[i]!
      if (resource !== lastResource || day !== lastDay || route !== lastRoute || current === undefined) {
        const resolved = resources[resource]!
        if (this.#isNew(day, resource !== lastResource)) needed.push({ resource: resolved, day })
        lastResource = resource
        lastDay = day
        lastRoute = route
        if (
          current === undefined ||
          current.day !== day ||
          current.retentionDays !== resolved.retentionDays ||
          current.route !== route
        ) {
          current = this.#list(lists, day, resolved.retentionDays, route)
          if (current === this.#lists[lists]) lists++
        }
      }
      if (current.count === current.index.length) grow(current)
      current.index[current.count++] = i
    }
    return this.#lists.slice(0, lists)
  }

  #isNew(day: number, resourceIsNew: boolean): boolean {
    const days = this.#daysOfResource
    if (resourceIsNew) days.length = 0
    else if (days.includes(day)) return false
    days.push(day)
    return true
  }

  /** One request of many days must not stay resident. */
  #giveBack(): void {
    const lists = this.#lists
    if (lists.length > LISTS_KEPT) lists.length = LISTS_KEPT
    for (let i = 1; i < lists.length; i++)
      if (lists[i]!.index.length > ROWS_KEPT) lists[i]!.index = new Uint32Array(ROWS_AT_FIRST)
  }

  /** The list of a partition among the first `used`, else the next free one. */
  #list(used: number, day: number, retentionDays: number, route: number): PartitionRows {
    for (let i = 0; i < used; i++) {
      const list = this.#lists[i]!
      if (list.day === day && list.retentionDays === retentionDays && list.route === route) return list
    }
    this.#lists[used] ??= { day, retentionDays, route, index: new Uint32Array(ROWS_AT_FIRST), count: 0 }
    const list = this.#lists[used]!
    list.day = day
    list.retentionDays = retentionDays
    list.route = route
    list.count = 0
    return list
  }
}

function grow(list: PartitionRows): void {
  const index = new Uint32Array(list.index.length * 2)
  index.set(list.index)
  list.index = index
}
