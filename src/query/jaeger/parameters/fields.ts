import { parseDuration } from '../../parameters/duration.ts'
import { type Problem, parsed } from '../../parameters/fields.ts'
import { NANOS_MAX, type Nanos } from '../../time.ts'

/** The parameters of Jaeger's API, as zod fields: text in, checked values out. */

type Unit = { readonly name: string; readonly nanos: bigint }
const MICROSECONDS: Unit = { name: 'microseconds', nanos: 1_000n }
const MILLISECONDS: Unit = { name: 'milliseconds', nanos: 1_000_000n }

/** A whole number of a unit, in nanoseconds. */
function parseUnits(text: string, { name, nanos }: Unit): Nanos | Problem {
  if (!/^\d{1,19}$/.test(text))
    return { problem: `is no time: expected whole ${name}, as Jaeger's UI sends them` }
  const value = BigInt(text) * nanos
  return value > NANOS_MAX
    ? {
        problem: `is later than the year 2262: expected ${name} since 1970, and this looks like a finer unit`,
      }
    : value
}

export const microsField = (meaning: string) =>
  parsed((text) => parseUnits(text, MICROSECONDS))
    .optional()
    .describe(`${meaning}; microseconds`)

export const millisField = (meaning: string) =>
  parsed((text) => parseUnits(text, MILLISECONDS))
    .optional()
    .describe(`${meaning}; milliseconds`)

export const durationField = (meaning: string) =>
  parsed(parseDuration).optional().describe(`${meaning}: 100ms, 1.5s, 1m30s`)

const DAYS = /^(\d{1,4})([dw])$/
const DAY: Nanos = 86_400_000_000_000n

/** The UI's lookback: `1h`, `2d`; `custom` says that start and end do. */
export const lookbackField = () =>
  parsed((text) => {
    if (text === 'custom') return undefined
    const [, count, unit] = DAYS.exec(text) ?? []
    if (count !== undefined) return BigInt(count) * (unit === 'w' ? 7n : 1n) * DAY
    return parseDuration(text)
  })
    .optional()
    .describe('Length of the range, where start is not given: 1h, 2d, or custom')
