import { TemplateError } from '../error.ts'
import { formatTime, type GoTime, parseTime } from '../time.ts'
import { isTime, type TemplateValue } from '../value.ts'
import { type FunctionTable, ofStrings, type TemplateFunction } from './function.ts'

/** A time of a time, or of seconds since 1970. */
function timeOf(value: TemplateValue): GoTime {
  if (isTime(value)) return value
  if (typeof value === 'bigint') return { ns: value * 1_000_000_000n, zone: 'UTC' }
  throw new TemplateError('a time is wanted: use toDate, unixToTime or __timestamp__')
}

function epoch(nsPerUnit: bigint): TemplateFunction {
  return { parameters: ['any'], call: ([value]) => String(timeOf(value!).ns / nsPerUnit) }
}

const NS_PER_UNIT_BY_DIGITS: ReadonlyMap<number, bigint> = new Map([
  [5, 86_400_000_000_000n],
  [10, 1_000_000_000n],
  [13, 1_000_000n],
  [16, 1_000n],
  [19, 1n],
])

/** The unit is told from the number of digits: days, seconds, milliseconds, microseconds, nanoseconds. */
function unixToTime(text: string): GoTime {
  const unit = /^\d+$/.test(text) ? NS_PER_UNIT_BY_DIGITS.get(text.length) : undefined
  if (unit === undefined) throw new TemplateError(`unable to parse time '${text}'`)
  return { ns: BigInt(text) * unit, zone: 'UTC' }
}

export const DATES: FunctionTable = {
  now: { parameters: [], call: () => ({ ns: BigInt(Date.now()) * 1_000_000n, zone: 'UTC' }) },
  date: {
    parameters: ['string', 'any'],
    call: ([layout, time]) => formatTime(timeOf(time!), layout as string),
  },
  toDate: ofStrings(2, (layout, text) => parseTime(layout, text, 'UTC')),
  toDateInZone: ofStrings(3, (layout, zone, text) => parseTime(layout, text, zone)),
  unixEpoch: epoch(1_000_000_000n),
  unixEpochMillis: epoch(1_000_000n),
  unixEpochNanos: epoch(1n),
  unixToTime: ofStrings(1, unixToTime),
}
