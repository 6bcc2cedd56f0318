import { parseLokiDuration } from '../query/loki/parameters/time.ts'
import { CommandError, EXIT } from './exit-code.ts'

/** The moment that lies a duration such as `1h30m` before now, as nanoseconds since 1970. Throws {@link CommandError}. */
export function startOfSince(since: string, nowMs: number): string {
  const ns = parseLokiDuration(since)
  if (typeof ns !== 'bigint') throw new CommandError(EXIT.refused, `--since ${since} ${ns.problem}.`)
  const nowNs = BigInt(nowMs) * 1_000_000n
  return String(nowNs > ns ? nowNs - ns : 0n)
}
