import type { SpoolBlock } from '../spool/commit-record.ts'
import type { Group } from '../spool/groups.ts'

type LaneLimits = {
  readonly groupRowsMax: number
  readonly groupBytesMax: number
  readonly groupAgeMs: number
  readonly thinGroupAgeMs: number
}

/** Fewer rows than this make an insert that costs ClickHouse more for the part than for the rows. */
const THIN_ROWS = 2000

/** The committed blocks of one (table, partition), waiting to be grouped. */
export class Lane {
  /** Groups formed before the last start; they go first, as they are. */
  readonly resumed: Group[] = []
  /** The group being inserted. */
  current: Group | undefined
  busy = false
  /** After a failure (the disk would not take the group): not before this time again. */
  notBeforeMs = 0
  readonly #limits: LaneLimits
  #blocks: SpoolBlock[] = []
  #rows = 0
  #bytes = 0

  constructor(limits: LaneLimits) {
    this.#limits = limits
  }

  add(block: SpoolBlock): void {
    this.#blocks.push(block)
    this.#rows += block.rows
    this.#bytes += block.byteLength
  }

  get empty(): boolean {
    return this.#blocks.length === 0 && this.resumed.length === 0 && this.current === undefined && !this.busy
  }

  /** The block with the lowest Seq that is not settled. */
  get oldest(): SpoolBlock | undefined {
    return this.current?.blocks[0] ?? this.resumed[0]?.blocks[0] ?? this.#blocks[0]
  }

  /** True if a group should be formed now. `draining`: whatever is there. */
  ready(nowMs: number, draining: boolean): boolean {
    if (nowMs < this.notBeforeMs) return false
    if (this.resumed.length > 0) return true
    const first = this.#blocks[0]
    if (first === undefined) return false
    const { groupRowsMax, groupBytesMax, groupAgeMs, thinGroupAgeMs } = this.#limits
    const ageMs = nowMs - first.timeMs
    return (
      draining ||
      this.#rows >= groupRowsMax ||
      this.#bytes >= groupBytesMax ||
      ageMs >= thinGroupAgeMs ||
      (ageMs >= groupAgeMs && this.#rows >= THIN_ROWS) ||
      // The clock was set back: don't wait for it to catch up.
      ageMs < 0
    )
  }

  /** Forms the next group and makes it the current one, in one step; the blocks stay here if `make` fails. */
  async form(make: (blocks: ReadonlyArray<SpoolBlock>) => Promise<Group>): Promise<Group> {
    const count = this.#take()
    const group = await make(this.#blocks.slice(0, count))
    this.current = group
    this.#blocks = this.#blocks.slice(count)
    this.#rows -= group.rows
    this.#bytes -= group.byteLength
    return group
  }

  #take(): number {
    const { groupRowsMax, groupBytesMax } = this.#limits
    let rows = 0
    let bytes = 0
    let count = 0
    for (const block of this.#blocks) {
      if (count > 0 && (rows + block.rows > groupRowsMax || bytes + block.byteLength > groupBytesMax)) break
      rows += block.rows
      bytes += block.byteLength
      count++
    }
    return count
  }
}
