import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../../../src/store/database.ts'
import { BlockBuilder } from '../../../src/store/native/block-builder.ts'
import { createTable } from '../../../src/store/tables/ddl.ts'
import type { Column, RowSet, Table } from '../../../src/store/tables/table.ts'

/** A table for one test, with a name of its own, that exists in `database`. */
export async function makeTable<Rows extends RowSet>(
  database: Database,
  columns: ReadonlyArray<Column<Rows>>,
  orderBy: ReadonlyArray<string> = [],
): Promise<Table<Rows>> {
  const table: Table<Rows> = {
    name: `t_${randomUUID().replaceAll('-', '')}`,
    comment: 'of a test',
    columns,
    engine: 'MergeTree',
    orderBy,
    indexes: [],
    delivery: 'once',
  }
  for (const statement of createTable(table, { database: database.name, textIndex: 'none' }, 1))
    await database.command(statement)
  return table
}

/** Sends blocks to ClickHouse as they are. */
export async function insert<Rows extends RowSet>(
  database: Database,
  table: Table<Rows>,
  blocks: ReadonlyArray<Uint8Array>,
  options: { readonly columns?: ReadonlyArray<string>; readonly token?: string } = {},
): Promise<void> {
  const body = Buffer.concat(blocks)
  await database.insert({
    table: table.name,
    columns: options.columns ?? table.columns.map((column) => column.name),
    ...(options.token === undefined ? {} : { token: options.token }),
    body,
    byteLength: body.length,
    queryId: randomUUID(),
    timeoutMs: 30_000,
  })
}

/** One block of `rows`, whose size was foretold exactly. */
export function blockOf<Rows extends RowSet>(table: Table<Rows>, ...rows: Rows[]): Buffer {
  const builder = new BlockBuilder(table)
  for (const some of rows) builder.append(some)
  const { bytes } = builder
  const block = Buffer.concat(builder.finish())
  if (block.length !== bytes) throw new Error(`the block has ${block.length} bytes, not ${bytes} as it said`)
  return block
}

/** Asks again until `accept` likes the answer: for what ClickHouse does in the background. */
export async function eventually<Answer>(
  ask: () => Promise<Answer>,
  accept: (answer: Answer) => boolean,
  withinMs = 30_000,
): Promise<Answer> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (accept(answer) || performance.now() > deadline) return answer
    await delay(100)
  }
}
