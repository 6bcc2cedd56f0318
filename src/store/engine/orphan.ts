import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { tryLockFile } from './lock.ts'

const ORPHAN_EXITS_WITHIN_MS = 3_000
const KILLED_EXITS_WITHIN_MS = 10_000
const RETRY_MS = 50

type Holder = { readonly pid: number; readonly parentPid: number }

/**
 * Run in the child: takes the engine's directory for this process. After a gateway was killed its engine may live
 * on for some milliseconds, until it sees the closed channel: that is waited for. One that is stuck is killed, but
 * only if its gateway is gone. Returns the process id of a holder whose gateway lives, else undefined.
 */
export async function takeEngineLock(directory: string): Promise<number | undefined> {
  const lockPath = `${directory}/engine.lock`
  const pidPath = `${directory}/engine.pid`
  if (!(await lockWithin(lockPath, ORPHAN_EXITS_WITHIN_MS))) {
    const holder = readHolder(pidPath)
    if (holder === undefined) return 0
    // The same parent: a child of this very gateway, which it has killed and which takes long to die.
    if (holder.parentPid !== process.ppid && isAlive(holder.parentPid)) return holder.pid
    // The file is written only under the lock, so this pid is the holder's: unless the holder has not written its own
    // yet, or lives in another container that shares the volume, where process ids mean others.
    if (!isEngineOf(directory, holder.pid)) return holder.pid
    killIfAlive(holder.pid)
    if (!(await lockWithin(lockPath, KILLED_EXITS_WITHIN_MS))) return holder.pid
  }
  writeFileSync(pidPath, JSON.stringify({ pid: process.pid, parentPid: process.ppid } satisfies Holder), {
    mode: 0o600,
  })
  return undefined
}

/** The lock is never released: it ends with the process, after ClickHouse has. */
async function lockWithin(path: string, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds
  for (;;) {
    if (tryLockFile(path) !== undefined) return true
    if (performance.now() > deadline) return false
    await delay(RETRY_MS)
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return !isZombie(pid)
}

/** Dead, but not yet waited for: some containers have nobody who does. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')')).startsWith(') Z')
  } catch {
    return false
  }
}

/** By its command line (supervisor.ts); where the system does not tell (no /proc), the pid file is believed. */
function isEngineOf(directory: string, pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(directory)
  } catch {
    return true
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone in the meantime.
  }
}
