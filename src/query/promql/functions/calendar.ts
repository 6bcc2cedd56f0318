/** Parts of a time in seconds, in UTC. */
export const CALENDAR: ReadonlyMap<string, (date: Date) => number> = new Map<string, (date: Date) => number>([
  [
    'days_in_month',
    (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  ],
  ['day_of_month', (date) => date.getUTCDate()],
  ['day_of_week', (date) => date.getUTCDay()],
  ['day_of_year', (date) => (startOfDay(date) - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS + 1],
  ['hour', (date) => date.getUTCHours()],
  ['minute', (date) => date.getUTCMinutes()],
  ['month', (date) => date.getUTCMonth() + 1],
  ['year', (date) => date.getUTCFullYear()],
])
const DAY_MS = 86_400_000

function startOfDay(date: Date): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
}

/** NaN where the seconds are no time that a calendar has. */
export function calendarPart(func: string, seconds: number): number {
  return CALENDAR.get(func)!(new Date(Math.trunc(seconds) * 1000))
}
