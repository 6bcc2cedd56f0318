import { TemplateError } from './error.ts'

/** A moment, and the zone it is written in: `UTC`, a name of the IANA database, or an offset such as `+02:00`. */
export type GoTime = { readonly ns: bigint; readonly zone: string }

/** The pieces of Go's layouts, which spell the moment Mon Jan 2 15:04:05 MST 2006; longer ones are tried first. */
const PIECE =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|Z07:00|Z0700|Z07|-07:00|-0700|-07|[.,]0+(?!\d)|[.,]9+(?!\d)|002|_2|01|02|03|04|05|06|15|PM|pm|1|2|3|4|5/g
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const NS_PER_S = 1_000_000_000n

type Wall = {
  readonly date: Date
  readonly nanos: number
  readonly offsetMinutes: number
  readonly zone: string
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n)
}

function wallOf({ ns, zone }: GoTime): Wall {
  const seconds = floorDivide(ns, NS_PER_S)
  const offsetMinutes = offsetOf(zone, Number(seconds) * 1000)
  const date = new Date(Number(seconds) * 1000 + offsetMinutes * 60_000)
  if (Number.isNaN(date.getTime())) throw new TemplateError('a time out of range')
  return { date, nanos: Number(ns - seconds * NS_PER_S), offsetMinutes, zone }
}

/** Minutes east of UTC at a moment. Throws {@link TemplateError} for a zone that nobody knows. */
function offsetOf(zone: string, unixMs: number): number {
  if (zone === 'UTC' || zone === '' || zone === 'Local') return 0
  const fixed = /^([-+])(\d\d):?(\d\d)$/.exec(zone)
  if (fixed !== null) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3]))
  const name = zoneName(zone, unixMs, 'longOffset')
  const offset = /GMT([-+])(\d+):?(\d+)?/.exec(name)
  if (offset === null) return 0
  return (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3] ?? 0))
}

function zoneName(zone: string, unixMs: number, style: 'longOffset' | 'short'): string {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: style })
    return format.formatToParts(unixMs).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  } catch {
    throw new TemplateError(`unknown time zone ${zone}`)
  }
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

/** Writes a time by a layout of Go. */
export function formatTime(time: GoTime, layout: string): string {
  const wall = wallOf(time)
  return layout.replace(PIECE, (piece) => formatPiece(piece, wall, time))
}

function formatPiece(piece: string, wall: Wall, time: GoTime): string {
  const { date, nanos, offsetMinutes } = wall
  const hour = date.getUTCHours()
  switch (piece) {
    case 'January':
      return MONTHS[date.getUTCMonth()]!
    case 'Jan':
      return MONTHS[date.getUTCMonth()]!.slice(0, 3)
    case 'Monday':
      return DAYS[date.getUTCDay()]!
    case 'Mon':
      return DAYS[date.getUTCDay()]!.slice(0, 3)
    case '2006':
      return pad(date.getUTCFullYear(), 4)
    case '06':
      return pad(date.getUTCFullYear() % 100, 2)
    case '01':
      return pad(date.getUTCMonth() + 1, 2)
    case '1':
      return String(date.getUTCMonth() + 1)
    case '02':
      return pad(date.getUTCDate(), 2)
    case '_2':
      return String(date.getUTCDate()).padStart(2, ' ')
    case '2':
      return String(date.getUTCDate())
    case '002':
      return pad(Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1, 3)
    case '15':
      return pad(hour, 2)
    case '03':
      return pad(hour % 12 || 12, 2)
    case '3':
      return String(hour % 12 || 12)
    case '04':
      return pad(date.getUTCMinutes(), 2)
    case '4':
      return String(date.getUTCMinutes())
    case '05':
      return pad(date.getUTCSeconds(), 2)
    case '5':
      return String(date.getUTCSeconds())
    case 'PM':
      return hour < 12 ? 'AM' : 'PM'
    case 'pm':
      return hour < 12 ? 'am' : 'pm'
    case 'MST':
      return abbreviation(wall, time)
  }
  if (piece[0] === '.' || piece[0] === ',') return fraction(piece, nanos)
  if (piece[0] === 'Z' && offsetMinutes === 0) return 'Z'
  return offsetText(offsetMinutes, piece.includes(':') ? ':' : '', piece.length <= 3)
}

function abbreviation({ zone, offsetMinutes }: Wall, { ns }: GoTime): string {
  if (zone === 'UTC' || zone === 'Local' || zone === '') return 'UTC'
  if (/^[-+]/.test(zone)) return offsetText(offsetMinutes, '', offsetMinutes % 60 === 0)
  return zoneName(zone, Number(ns / 1_000_000n), 'short')
}

function fraction(piece: string, nanos: number): string {
  const digits = pad(nanos, 9).slice(0, piece.length - 1)
  if (piece[1] === '0') return piece[0] + digits
  const trimmed = digits.replace(/0+$/, '')
  return trimmed === '' ? '' : piece[0] + trimmed
}

function offsetText(minutes: number, colon: string, short: boolean): string {
  const sign = minutes < 0 ? '-' : '+'
  const hours = pad(Math.floor(Math.abs(minutes) / 60), 2)
  return short ? `${sign}${hours}` : `${sign}${hours}${colon}${pad(Math.abs(minutes) % 60, 2)}`
}

/** What the text says for a piece of the layout. */
const PATTERNS: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
  [['January'], MONTHS.join('|')],
  [['Jan'], MONTHS.map((month) => month.slice(0, 3)).join('|')],
  [['Monday'], DAYS.join('|')],
  [['Mon'], DAYS.map((day) => day.slice(0, 3)).join('|')],
  [['2006'], '\\d{4}'],
  [['002'], '\\d{3}'],
  [['01', '02', '04', '06', '15', '03'], '\\d{2}'],
  [['05'], '\\d{2}(?:[.,]\\d+)?'],
  [['5'], '\\d{1,2}(?:[.,]\\d+)?'],
  [['1', '2', '3', '4'], '\\d{1,2}'],
  [['_2'], ' ?\\d{1,2}'],
  [['PM'], 'AM|PM'],
  [['pm'], 'am|pm'],
  [['MST'], '[A-Z]{3,5}|[-+]\\d{2,4}'],
  [['Z07:00', 'Z0700', 'Z07'], 'Z|[-+]\\d{2}:?(?:\\d{2})?'],
  [['-07:00', '-0700', '-07'], '[-+]\\d{2}:?(?:\\d{2})?'],
]
const PATTERN_OF = new Map(PATTERNS.flatMap(([pieces, pattern]) => pieces.map((piece) => [piece, pattern])))

/** Reads a time by a layout of Go, in `zone` unless the text names an offset. Throws {@link TemplateError}. */
export function parseTime(layout: string, text: string, zone: string): GoTime {
  const found = matchLayout(layout, text)
  if (found === undefined)
    throw new TemplateError(
      `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: it does not match`,
    )
  const value = (...pieces: string[]): string | undefined =>
    pieces.map((piece) => found.get(piece)).find((one) => one !== undefined)
  const number = (fallback: number, ...pieces: string[]): number => Number(value(...pieces) ?? fallback)
  const secondsText = value('05', '5') ?? '0'
  const [seconds, attached] = secondsText.split(/[.,]/) as [string, string | undefined]
  const digits = found.get('fraction')?.slice(1) ?? attached ?? ''
  const wallMs = Date.UTC(
    yearOf(value),
    monthOf(value),
    number(1, '02', '2', '_2'),
    hourOf(value),
    number(0, '04', '4'),
    Number(seconds),
  )
  const offset = value('Z07:00', 'Z0700', 'Z07', '-07:00', '-0700', '-07')
  const where =
    offset === undefined
      ? zone
      : offset === 'Z'
        ? 'UTC'
        : offset.replace(/^(...):?(..)?$/, (_, h: string, m?: string) => `${h}:${m ?? '00'}`)
  const guess = wallMs - offsetOf(where, wallMs) * 60_000
  const unixMs = wallMs - offsetOf(where, guess) * 60_000
  return { ns: BigInt(unixMs) * 1_000_000n + BigInt(digits.slice(0, 9).padEnd(9, '0')), zone: where }
}

type Value = (...pieces: string[]) => string | undefined

function yearOf(value: Value): number {
  const short = value('06')
  if (short === undefined) return Number(value('2006') ?? 0)
  return Number(short) + (Number(short) >= 69 ? 1900 : 2000)
}

function monthOf(value: Value): number {
  const name = value('January', 'Jan')
  if (name !== undefined) return MONTHS.findIndex((month) => month.startsWith(name.slice(0, 3)))
  return Number(value('01', '1') ?? 1) - 1
}

function hourOf(value: Value): number {
  const hour = Number(value('15', '03', '3') ?? 0)
  const half = value('PM', 'pm')?.toLowerCase()
  if (half === undefined) return hour
  return (hour % 12) + (half === 'pm' ? 12 : 0)
}

function matchLayout(layout: string, text: string): Map<string, string> | undefined {
  const pieces: string[] = []
  let pattern = ''
  let at = 0
  for (const match of layout.matchAll(PIECE)) {
    pattern += quoted(layout.slice(at, match.index))
    at = match.index + match[0].length
    const isFraction = /^[.,]/.test(match[0])
    pieces.push(isFraction ? 'fraction' : match[0])
    const optional = match[0][1] === '9' ? '?' : ''
    pattern += isFraction ? `([.,]\\d+)${optional}` : `(${PATTERN_OF.get(match[0]) ?? ''})`
  }
  const found = new RegExp(`^${pattern}${quoted(layout.slice(at))}$`).exec(text)
  if (found === null) return undefined
  return new Map(pieces.flatMap((piece, i) => (found[i + 1] === undefined ? [] : [[piece, found[i + 1]!]])))
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
