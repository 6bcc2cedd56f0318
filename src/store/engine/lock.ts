import { mkdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

export type FileLock = { release(): void }

const SQLITE_BUSY = 5

/**
 * Takes an exclusive lock on `path` (made if missing), or returns undefined if another process, or this one, has it.
 *
 * Node has no flock. SQLite's exclusive transaction is a lock of the operating system (fcntl) that dies with its
 * process, however that ends, and that also works between containers that share a volume. Nothing else may open
 * the file in this process: closing any handle of it would give up the lock.
 */
export function tryLockFile(path: string): FileLock | undefined {
  const file = new DatabaseSync(path, { timeout: 0 })
  try {
    file.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
  return {
    release() {
      if (file.isOpen) file.close()
    },
  }
}

export type DirectoryLock = { release(): Promise<void> }

/**
 * Claims a data directory (made if missing) for this gateway. Rejects with a sentence for the operator if another
 * one has it. The lock ends with `release` or with the process, also by SIGKILL: it can't go stale.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const lock = tryLockFile(`${directory}/gateway.lock`)
  if (lock === undefined) {
    throw new Error(
      `The data directory ${directory} is in use by another running gateway: ` +
        'stop that one, or give this one a directory of its own (WEIR_DATA_DIR).',
    )
  }
  return {
    async release() {
      lock.release()
    },
  }
}
