import type { DestinationStream } from 'pino'

const HIDDEN = new Set(['level', 'time', 'service', 'msg', 'pid', 'hostname'])
const FIELD_LENGTH_MAX = 300

/**
 * Turns the logger's JSON lines into short ones for a person at a terminal:
 * `12:00:01 warn  ClickHouse is away; the spool holds  attempt=3`.
 */
export function terminalDestination(write: (line: string) => void): DestinationStream {
  return {
    write(line) {
      write(`${readable(line)}\n`)
    },
  }
}

function readable(line: string): string {
  const record = JSON.parse(line) as Record<string, unknown>
  const time = String(record.time).slice(11, 19)
  const fields = Object.entries(record)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => `  ${key}=${fieldText(value)}`)
  return `${time} ${String(record.level).padEnd(5)} ${fieldText(record.msg ?? '')}${fields.join('')}`
}

/** Controls, and what is not seen but changes how the rest reads: direction marks, invisible letters, line ends. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** What comes from outside can't move the cursor or turn the text around. */
function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const short = text.length > FIELD_LENGTH_MAX ? `${text.slice(0, FIELD_LENGTH_MAX)}…` : text
  return short.replace(INVISIBLE, (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`)
}
