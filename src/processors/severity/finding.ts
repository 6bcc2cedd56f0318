import type { Levels, Scale } from './levels.ts'
import { WordTable } from './word-table.ts'

/** What a key of a structured body means. The first two are the scales of its numbers. */
export const Role = { none: 0, level: 1, pythonLevel: 2, traceId: 3, spanId: 4 } as const
export type Role = (typeof Role)[keyof typeof Role]

export const LEVEL_KEYS = [
  ...['level', 'severity', 'lvl', 'loglevel', 'log_level', 'log.level', 'levelname', 'level_name'],
  ...['severitytext', 'severity_text', '@level', '@l'],
]
const TRACE_KEYS = ['trace_id', 'traceid', 'trace.id', 'oteltraceid']
const SPAN_KEYS = ['span_id', 'spanid', 'span.id', 'otelspanid']

const TRACE_HEX = 32
const SPAN_HEX = 16

/** What was found in a body, as ranges of the bytes that were looked at. Written again for each record. */
export class Finding {
  readonly levels: Levels
  readonly #keys: WordTable
  readonly #wantsIdsAtAll: boolean
  #wantsIds = false
  severity = 0
  textStart = 0
  textEnd = 0
  /** Hexadecimal digits, 32 and 16 of them; -1: none. */
  traceStart = -1
  spanStart = -1

  constructor(levels: Levels, keys: ReadonlyArray<string>, traceIds: boolean) {
    this.levels = levels
    this.#wantsIdsAtAll = traceIds
    const rows = (words: ReadonlyArray<string>, role: Role): [string, number][] =>
      words.map((word) => [word, role])
    this.#keys = new WordTable([
      ...rows([...keys, ...LEVEL_KEYS], Role.level),
      ['levelno', Role.pythonLevel],
      ...rows(TRACE_KEYS, Role.traceId),
      ...rows(SPAN_KEYS, Role.spanId),
    ])
  }

  /** Starts anew; `ids` says whether the record lacks trace and span id. */
  clear(ids: boolean): void {
    this.#wantsIds = ids && this.#wantsIdsAtAll
    this.severity = 0
    this.traceStart = -1
    this.spanStart = -1
  }

  /** Whether there is nothing left to look for. */
  get isComplete(): boolean {
    return this.severity !== 0 && (!this.#wantsIds || (this.traceStart >= 0 && this.spanStart >= 0))
  }

  roleOf(bytes: Uint8Array, start: number, end: number): number {
    return this.#keys.find(bytes, start, end)
  }

  /** Takes in a value that stands under a key of this role. What does not look like one is passed over. */
  value(role: number, bytes: Uint8Array, start: number, end: number): void {
    if (role === Role.level || role === Role.pythonLevel) {
      if (this.severity === 0) this.setSeverity(this.levels.of(bytes, start, end, role as Scale), start, end)
    } else if (!this.#wantsIds) return
    else if (role === Role.traceId) {
      if (isId(bytes, start, end, TRACE_HEX)) this.traceStart = start
    } else if (isId(bytes, start, end, SPAN_HEX)) this.spanStart = start
  }

  setSeverity(severity: number, start: number, end: number): void {
    this.severity = severity
    this.textStart = start
    this.textEnd = end
  }
}

/** Whether that many hexadecimal digits stand there, not all zero. */
function isId(bytes: Uint8Array, start: number, end: number, digits: number): boolean {
  if (end - start !== digits) return false
  let any = false
  for (let i = start; i < end; i++) {
    const digit = hexDigit(bytes[i]!)
    if (digit < 0) return false
    if (digit > 0) any = true
  }
  return any
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
