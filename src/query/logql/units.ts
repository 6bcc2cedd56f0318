/** Durations and byte sizes as LogQL writes them, and as values of labels are read. */

const NS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
  ['d', 86400e9],
  ['w', 7 * 86400e9],
  ['y', 365 * 86400e9],
])
const DURATION = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w|y))+$/
const DURATION_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w|y)/g

/** Nanoseconds of `1h30m`, `1.5s`, `-5m`, `0`; undefined if it is no duration. Days are 24 hours, years 365 days. */
export function parseDuration(text: string): number | undefined {
  if (text === '0' || text === '+0' || text === '-0') return 0
  if (!DURATION.test(text)) return undefined
  let ns = 0
  for (const [, amount, unit] of text.matchAll(DURATION_PART)) ns += Number(amount) * NS_PER_UNIT.get(unit!)!
  return text.startsWith('-') ? -ns : ns
}

const PRINTED: ReadonlyArray<readonly [string, number]> = [
  ['h', 3600e9],
  ['m', 60e9],
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
  ['ns', 1],
]

/** The shortest text of units that {@link parseDuration} reads as this many nanoseconds. */
export function printDuration(ns: number): string {
  if (ns === 0) return '0s'
  let rest = Math.abs(ns)
  let out = ns < 0 ? '-' : ''
  for (const [unit, size] of PRINTED) {
    const amount = unit === 'ns' ? rest : Math.floor(rest / size)
    if (amount > 0) out += `${amount}${unit}`
    rest -= amount * size
  }
  return out
}

const BYTES_PER_UNIT: ReadonlyMap<string, number> = new Map(
  ['', 'k', 'm', 'g', 't', 'p', 'e'].flatMap((prefix, power) => [
    [`${prefix}b`, 1000 ** power],
    [prefix, 1000 ** power],
    ...(power === 0
      ? []
      : ([
          [`${prefix}ib`, 1024 ** power],
          [`${prefix}i`, 1024 ** power],
        ] as const)),
  ]) as Array<[string, number]>,
)
const BYTES = /^\s*(\d[\d,]*(?:\.\d*)?|\.\d+)\s*([A-Za-z]*)\s*$/

/** Bytes of `42MB`, `1.5KiB`, `20 B`, `3k`, `1,024`; units in any case, fractions cut off. Undefined if it is none. */
export function parseBytes(text: string): number | undefined {
  const match = BYTES.exec(text)
  if (match === null) return undefined
  const size = BYTES_PER_UNIT.get(match[2]!.toLowerCase())
  return size === undefined ? undefined : Math.trunc(Number(match[1]!.replaceAll(',', '')) * size)
}

const FLOAT = /^[-+]?(?:\d[\d_]*\.?[\d]*|\.\d+)(?:[eE][-+]?\d+)?$/
const HEX_FLOAT = /^([-+]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([-+]?\d+)$/
const INFINITY = /^([-+]?)inf(?:inity)?$/i

/** A float as Go's ParseFloat reads it: decimals, hexadecimal floats, Inf and NaN in any case. Undefined if it is none. */
export function parseFloat64(text: string): number | undefined {
  if (FLOAT.test(text) && !text.includes('_')) return Number(text)
  const infinite = INFINITY.exec(text)
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  const hex = HEX_FLOAT.exec(text)
  if (hex === null || hex[2]! + hex[3]! === '') return undefined
  const mantissa = Number.parseInt(hex[2]! + hex[3]!, 16) * 16 ** -hex[3]!.length
  return (hex[1] === '-' ? -1 : 1) * mantissa * 2 ** Number(hex[4])
}
