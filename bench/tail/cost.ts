import { readFileSync } from 'node:fs'
import { watchMemory } from '../load/processes.ts'

const TICK_MS = 10

/** What a process took between two moments. */
export type Cost = {
  /** Its CPU time, user and system, over the time that the load took. */
  readonly cores: number
  /** Highest. */
  readonly rssMiB: number
  readonly seconds: number
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** `loaded` says that no more load comes; what is done with it until `stop` counts. */
export function startCost(pid: number): { loaded(): void; stop(): Cost } {
  const memory = watchMemory([pid])
  const cpuBefore = cpuMs(pid)
  const began = performance.now()
  let ended: number | undefined
  return {
    loaded() {
      ended = performance.now()
    },
    stop() {
      const seconds = ((ended ?? performance.now()) - began) / 1000
      const cores = (cpuMs(pid) - cpuBefore) / 1000 / seconds
      const [rss] = memory.stop()
      return {
        cores: Math.round(cores * 100) / 100,
        rssMiB: Math.round(rss! / 2 ** 20),
        seconds: Math.round(seconds * 10) / 10,
      }
    },
  }
}
