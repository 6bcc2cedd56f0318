import { NANOS_MAX } from '../time.ts'
import type { Problem } from './fields.ts'

/** Nanoseconds by unit, as Go writes durations. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const LENGTH_MAX = 64
const PART = /(\d+)(?:\.(\d+))?(ns|us|µs|μs|ms|s|m|h)/y

const EXPECTED: Problem = {
  problem: 'is no duration: expected such as 100ms, 1.5s or 1m30s, or whole nanoseconds',
}

/** `1.5s` → 1,500,000,000, exactly; undefined where it names less than a nanosecond. */
function nanosOf(whole: string, fraction: string, unit: bigint): bigint | undefined {
  const scale = 10n ** BigInt(fraction.length)
  const scaled = BigInt(whole + fraction) * unit
  return scaled % scale === 0n ? scaled / scale : undefined
}

/** Nanoseconds of a duration in Go's notation (`1h2m3.5s`, `100ms`) or of whole nanoseconds; else what is wrong. */
export function parseDuration(text: string): bigint | Problem {
  if (text.length > LENGTH_MAX) return EXPECTED
  let nanos = 0n
  if (/^\d+$/.test(text)) nanos = BigInt(text)
  else
    for (let at = 0; at < text.length; at = PART.lastIndex) {
      PART.lastIndex = at
      const part = PART.exec(text)
      if (part === null) return EXPECTED
      const [, whole, fraction = '', unit] = part
      const more = nanosOf(whole!, fraction, UNITS[unit!]!)
      if (more === undefined) return { problem: 'is finer than a nanosecond' }
      nanos += more
    }
  return nanos > NANOS_MAX ? { problem: 'is longer than 292 years' } : nanos
}
