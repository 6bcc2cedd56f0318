import { join } from 'node:path'
import type { SpoolBlock } from './commit-record.ts'
import type { SpoolDisk } from './files.ts'
import type { Segments } from './segments.ts'

/**
 * Blocks that ClickHouse refuses as data: kept as they are (Native, insertable by hand) beside the reason, so that
 * nothing acknowledged is thrown away and nothing else waits for them.
 */
export class Quarantine {
  readonly #disk: SpoolDisk
  readonly #directory: string
  readonly #segments: Segments
  #blocks = 0

  private constructor(disk: SpoolDisk, directory: string, segments: Segments) {
    this.#disk = disk
    this.#directory = directory
    this.#segments = segments
  }

  static async open(disk: SpoolDisk, directory: string, segments: Segments): Promise<Quarantine> {
    await disk.makeDirectory(directory)
    const quarantine = new Quarantine(disk, directory, segments)
    quarantine.#blocks = (await disk.list(directory)).filter((name) => name.endsWith('.native')).length
    return quarantine
  }

  /** Blocks in quarantine now. */
  get blocks(): number {
    return this.#blocks
  }

  /** Durable when this resolves. Idempotent. */
  async add(block: SpoolBlock, columns: ReadonlyArray<string>, reason: string): Promise<void> {
    const name = `${block.table}-${block.commit}-${block.index}`
    const chunks: Buffer[] = []
    for await (const chunk of this.#segments.read([block])) chunks.push(chunk)
    await this.#write(`${name}.native`, chunks)
    const { segment: _segment, position: _position, ...facts } = block
    await this.#write(`${name}.json`, [
      Buffer.from(`${JSON.stringify({ reason, columns, ...facts }, undefined, 2)}\n`),
    ])
    await this.#disk.syncDirectory(this.#directory)
    this.#blocks++
  }

  async #write(name: string, chunks: ReadonlyArray<Uint8Array>): Promise<void> {
    const path = join(this.#directory, name)
    await this.#disk.remove(path)
    const file = await this.#disk.open(path, 'create')
    try {
      await file.write(chunks, 0)
      await file.sync()
    } finally {
      await file.close()
    }
  }
}
