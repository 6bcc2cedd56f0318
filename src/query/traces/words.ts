/** Words for OTLP's enumerations of spans, by their numbers. */
export const SPAN_KINDS: ReadonlyArray<string> = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
]
export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const
export const STATUS_ERROR = SPAN_STATUSES.indexOf('error')

/** A number that has no word (yet) stays a number, as text. */
export function wordOf(words: ReadonlyArray<string>, number: number): string {
  return words[number] ?? String(number)
}
