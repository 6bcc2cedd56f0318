import { parseLokiDuration } from '../query/loki/parameters/time.ts'
import { wrong } from './exit-code.ts'

/** Nanoseconds of an option that is a duration such as `1h30m`. Throws `CommandError`. */
export function durationNs(option: string, text: string): bigint {
  const ns = parseLokiDuration(text)
  if (typeof ns !== 'bigint') throw wrong(`${option} ${text} ${ns.problem}.`)
  return ns
}

/** The moment that lies a duration before now, as nanoseconds since 1970. Throws `CommandError`. */
export function startOfSince(since: string, nowMs: number): string {
  const ns = durationNs('--since', since)
  const nowNs = BigInt(nowMs) * 1_000_000n
  return String(nowNs > ns ? nowNs - ns : 0n)
}
