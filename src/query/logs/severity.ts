/** SeverityNumber by short name (OpenTelemetry logs data model, "Displaying Severity"), lowest of each range. */
const RANGE_START: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
}

/** Names that people and other tools use for the same ranges. */
const ALIASES: Readonly<Record<string, string>> = {
  warning: 'warn',
  information: 'info',
  err: 'error',
  critical: 'fatal',
}

export const SEVERITY_NAMES: ReadonlyArray<string> = Object.keys(RANGE_START)

/** `warn`, `WARN2` or `13` → the lowest SeverityNumber meant; undefined if it is none. */
export function parseSeverity(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) {
    const number = Number(text)
    return number >= 1 && number <= 24 ? number : undefined
  }
  const match = /^([a-z]+)([2-4]?)$/.exec(text.toLowerCase())
  if (match === null) return undefined
  const [, name, step] = match
  const known = Object.hasOwn(ALIASES, name!) ? ALIASES[name!]! : name!
  if (!Object.hasOwn(RANGE_START, known)) return undefined
  return RANGE_START[known]! + (step === '' ? 0 : Number(step) - 1)
}
