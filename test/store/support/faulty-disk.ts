import { nodeDisk, type SpoolDisk, type SpoolFile } from '../../../src/store/spool/files.ts'

export type Fault = {
  /** Part of the file's path. */
  readonly path: string
  readonly operation: 'write' | 'sync' | 'truncate'
  readonly code: 'EIO' | 'ENOSPC'
  /** For writes: how many bytes reach the disk before it fails. */
  readonly bytesWritten?: number
}

/** A disk that fails as told: each fault once, in order, for the first matching call. */
export class FaultyDisk implements SpoolDisk {
  readonly faults: Fault[] = []
  readonly list = nodeDisk.list
  readonly makeDirectory = nodeDisk.makeDirectory
  readonly syncDirectory = nodeDisk.syncDirectory
  readonly rename = nodeDisk.rename
  readonly remove = nodeDisk.remove
  free = Number.POSITIVE_INFINITY

  async freeBytes(): Promise<number> {
    return this.free
  }

  async open(path: string, mode: 'create' | 'append' | 'read'): Promise<SpoolFile> {
    const file = await nodeDisk.open(path, mode)
    return {
      read: (target, position) => file.read(target, position),
      size: () => file.size(),
      close: () => file.close(),
      write: async (chunks, position) => {
        const fault = this.#take(path, 'write')
        if (fault === undefined) return file.write(chunks, position)
        const torn = Buffer.concat(chunks).subarray(0, fault.bytesWritten ?? 0)
        if (torn.length > 0) await file.write([torn], position)
        throw failure(fault)
      },
      sync: async () => {
        const fault = this.#take(path, 'sync')
        if (fault !== undefined) throw failure(fault)
        await file.sync()
      },
      truncate: async (length) => {
        const fault = this.#take(path, 'truncate')
        if (fault !== undefined) throw failure(fault)
        await file.truncate(length)
      },
    }
  }

  #take(path: string, operation: Fault['operation']): Fault | undefined {
    const index = this.faults.findIndex((fault) => fault.operation === operation && path.includes(fault.path))
    return index < 0 ? undefined : this.faults.splice(index, 1)[0]
  }
}

function failure({ operation, code }: Fault): Error {
  return Object.assign(new Error(`${code}: injected, ${operation}`), { code })
}
