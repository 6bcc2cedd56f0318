import type { RowSet, Table } from '../tables/table.ts'
import { ChunkWriter, varuintBytes } from './chunk-writer.ts'
import type { ColumnBuffer } from './column.ts'

/**
 * Builds one Native block of a table at a time, as ClickHouse reads it over HTTP (no client_protocol_version:
 * neither BlockInfo nor a serialization byte): varuint columns, varuint rows, then per column its name, its
 * type and its values. Blocks may follow each other in one request.
 */
export class BlockBuilder<Rows extends RowSet> {
  readonly table: Table<Rows>
  readonly #buffers: ReadonlyArray<ColumnBuffer>
  /** Per column its name and type, each as length and bytes. */
  readonly #headers: ReadonlyArray<Buffer>
  readonly #headerBytes: number
  readonly #chunks = new ChunkWriter()
  #rows = 0
  #finished = false

  constructor(table: Table<Rows>) {
    this.table = table
    this.#buffers = table.columns.map((column) => column.buffer())
    this.#headers = table.columns.map((column) => Buffer.concat([native(column.name), native(column.type)]))
    this.#headerBytes = this.#headers.reduce((sum, header) => sum + header.length, 0)
  }

  get rows(): number {
    return this.#rows
  }

  /** Exact size of the block that `finish` would hand out now; 0 without rows. */
  get bytes(): number {
    if (this.#rows === 0) return 0
    let bytes = varuintBytes(this.#buffers.length) + varuintBytes(this.#rows) + this.#headerBytes
    for (let i = 0; i < this.#buffers.length; i++) bytes += this.#buffers[i]!.bytes
    return bytes
  }

  /** Adds all of `rows`, or, if that throws, none of them. `rows` isn't used after the call. */
  append(rows: Rows): void {
    if (this.#finished) throw new Error('BUG: append to a block that is finished; reset it first')
    const { columns } = this.table
    for (let i = 0; i < columns.length; i++) this.#buffers[i]!.mark()
    try {
      for (let i = 0; i < columns.length; i++) this.#write(i, rows)
    } catch (error) {
      this.#rollback()
      throw error
    }
    this.#rows += rows.count
  }

  /**
   * The block, in chunks. They are views of this builder's memory, valid until `reset`; nothing can be appended
   * before. An empty list without rows: ClickHouse takes a block of no rows for the end of the data.
   */
  finish(): Uint8Array[] {
    if (this.#finished) throw new Error('BUG: block finished twice; reset it first')
    this.#finished = true
    if (this.#rows === 0) return []
    const out = this.#chunks
    out.varuint(this.#buffers.length)
    out.varuint(this.#rows)
    for (let i = 0; i < this.#buffers.length; i++) {
      const buffer = this.#buffers[i]!
      out.bytes(this.#headers[i]!)
      buffer.writePrefix(out)
      buffer.writeData(out)
    }
    return out.take()
  }

  /** Empties the builder for the next block; chunks handed out are no longer valid. */
  reset(): void {
    for (let i = 0; i < this.#buffers.length; i++) this.#buffers[i]!.reset()
    this.#chunks.reset()
    this.#rows = 0
    this.#finished = false
  }

  #write(i: number, rows: Rows): void {
    const column = this.table.columns[i]!
    const buffer = this.#buffers[i]!
    column.write(rows, buffer)
    if (buffer.rows !== this.#rows + rows.count)
      throw new Error(
        `BUG: column ${this.table.name}.${column.name} wrote ${buffer.rows - this.#rows} of ${rows.count} rows`,
      )
  }

  /** Undoes an append that failed in the middle. */
  #rollback(): void {
    for (let i = 0; i < this.#buffers.length; i++) this.#buffers[i]!.rollback()
  }
}

function native(text: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length > 127) throw new Error(`BUG: the name or type ${text} is longer than 127 bytes`)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}
