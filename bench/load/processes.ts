import { readFileSync } from 'node:fs'

const PAGE_BYTES = 4096
const SAMPLE_MS = 200

/** Resident memory of a process. */
export function rssBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES
}

/** Follows the resident memory of processes, five times a second; `stop` tells the highest of each. */
export function watchMemory(pids: ReadonlyArray<number>): { stop(): number[] } {
  const highest = pids.map(rssBytes)
  const timer = setInterval(() => {
    for (const [i, pid] of pids.entries()) highest[i] = Math.max(highest[i]!, rssBytes(pid))
  }, SAMPLE_MS)
  return {
    stop() {
      clearInterval(timer)
      return highest
    },
  }
}

/** Busy time of all cores since the start of the machine, in microseconds (resolution: one tick, 10 ms). */
export function machineBusyMicros(): number {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/\s+/)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks.map(Number)
  return (user + nice + system + irq + softirq + steal) * 10_000
}

/** Processor time of a process since its start, in seconds (resolution: one tick, 10 ms). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the program may have spaces: fields count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
