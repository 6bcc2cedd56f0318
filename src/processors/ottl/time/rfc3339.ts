import { clock, readClock } from './civil.ts'

export function padded(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width, '0')}` : String(value).padStart(width, '0')
}

/** `+02:00` and its variants: `parts` of hours, minutes, seconds, with `separator` between them. */
export function offsetText(offset: number, parts: number, separator: string): string {
  const magnitude = Math.abs(offset)
  const numbers = [Math.floor(magnitude / 3600), Math.floor(magnitude / 60) % 60, magnitude % 60]
  const text = numbers.slice(0, parts).map((number) => padded(number, 2))
  return (offset < 0 ? '-' : '+') + text.join(separator)
}

/** As Go marshals a time: nanoseconds without trailing zeros. */
export function formatRfc3339(low: number, high: number, offset: number): string {
  readClock(low, high, offset)
  const { day, hour, minute, month, nanosecond, second, year } = clock
  const fraction = nanosecond === 0 ? '' : `.${padded(nanosecond, 9).replace(/0+$/, '')}`
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`
  const time = `${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}${fraction}`
  return `${date}T${time}${offset === 0 ? 'Z' : offsetText(offset, 2, ':')}`
}
