import { BlockBuilder } from '../native/block-builder.ts'
import type { RowSet, Table } from '../tables/table.ts'

/** Two commits are in memory at once, one open and one being written; more idle builders would only hold memory. */
const IDLE_PER_TABLE_MAX = 4

/** Keeps finished builders, whose memory is the right size by now, for the next commits. */
export class BuilderPool {
  readonly #idle = new Map<string, BlockBuilder<RowSet>[]>()

  take<Rows extends RowSet>(table: Table<Rows>): BlockBuilder<Rows> {
    const idle = this.#idle.get(table.name)?.pop()
    // One table name is one row type: tables are module constants.
    return (idle as BlockBuilder<Rows> | undefined) ?? new BlockBuilder(table)
  }

  giveBack<Rows extends RowSet>(builder: BlockBuilder<Rows>): void {
    builder.reset()
    const { name } = builder.table
    let idle = this.#idle.get(name)
    if (idle === undefined) {
      idle = []
      this.#idle.set(name, idle)
    }
    if (idle.length < IDLE_PER_TABLE_MAX) idle.push(builder as unknown as BlockBuilder<RowSet>)
  }
}
