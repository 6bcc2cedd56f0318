import { type FileHandle, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises'

/** An open file of the spool. Positions are explicit, so that nobody depends on a shared file offset. */
export type SpoolFile = {
  write(chunks: ReadonlyArray<Uint8Array>, position: number): Promise<void>
  read(target: Uint8Array, position: number): Promise<number>
  /** Data and metadata are on the disk when this resolves. A failed fsync must never be repeated (docs/architecture.md). */
  sync(): Promise<void>
  truncate(length: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/** What the spool needs of a disk. Tests put failing disks behind it. */
export type SpoolDisk = {
  open(path: string, mode: 'create' | 'append' | 'read'): Promise<SpoolFile>
  list(directory: string): Promise<string[]>
  makeDirectory(path: string): Promise<void>
  /** Makes creations, renames and deletions in a directory durable. */
  syncDirectory(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  freeBytes(path: string): Promise<number>
}

/** writev takes at most IOV_MAX (1024 on Linux) buffers a call. */
const CHUNKS_PER_CALL = 512

class NodeFile implements SpoolFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async write(chunks: ReadonlyArray<Uint8Array>, position: number): Promise<void> {
    let at = position
    for (let first = 0; first < chunks.length; first += CHUNKS_PER_CALL)
      at += await this.#writeAll(chunks.slice(first, first + CHUNKS_PER_CALL), at)
  }

  /** A full disk first writes short, then fails: what is left is written until it is done or the disk says why not. */
  async #writeAll(chunks: Uint8Array[], position: number): Promise<number> {
    const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
    let { bytesWritten } = await this.#handle.writev(chunks, position)
    if (bytesWritten === length) return length
    const whole = Buffer.concat(chunks)
    while (bytesWritten < length)
      bytesWritten += (
        await this.#handle.write(whole, bytesWritten, length - bytesWritten, position + bytesWritten)
      ).bytesWritten
    return length
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(target, 0, target.byteLength, position)).bytesRead
  }

  sync(): Promise<void> {
    return this.#handle.sync()
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length)
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

const FLAGS = { create: 'wx+', append: 'r+', read: 'r' } as const

/** The machine's own file system. Files are readable by their owner alone: they hold log bodies. */
export const nodeDisk: SpoolDisk = {
  open: async (path, mode) => new NodeFile(await open(path, FLAGS[mode], 0o600)),
  list: async (directory) => (await readdir(directory)).sort(),
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },
  syncDirectory: async (path) => {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  freeBytes: async (path) => {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  },
}
