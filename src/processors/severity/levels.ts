import { WordTable } from './word-table.ts'

/** Severity numbers by the short names of opentelemetry/proto/logs/v1 (SeverityNumber). */
const BASES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
export const SEVERITY_NUMBERS: ReadonlyMap<string, number> = new Map(
  BASES.flatMap((base, i) =>
    [1, 2, 3, 4].map((step): [string, number] => [step === 1 ? base : `${base}${step}`, 4 * i + step]),
  ),
)

/** How loggers spell their levels. Those of syslog as the log data model maps them (appendix B): notice, crit, alert, emerg. */
const WORDS: Readonly<Record<string, ReadonlyArray<string>>> = {
  TRACE: ['trace', 'trc', 'trce', 'verbose', 'silly', 'finest', 'finer'],
  DEBUG: ['debug', 'dbg', 'dbug', 'fine'],
  INFO: ['info', 'inf', 'information', 'informational', 'log', 'note'],
  INFO2: ['notice'],
  WARN: ['warn', 'warning', 'wrn'],
  ERROR: ['error', 'err', 'fail', 'severe'],
  ERROR2: ['crit'],
  ERROR3: ['alert'],
  FATAL: ['fatal', 'ftl', 'critical', 'panic', 'dpanic', 'emerg', 'emergency'],
}

/** Of a number that a logger writes: how its scale is to be read. */
export const Scale = {
  /** pino and bunyan (10 to 60), or syslog (0 to 7, as GELF has it). */
  usual: 1,
  /** Python's `levelno`: ten less than pino's. */
  python: 2,
} as const
export type Scale = (typeof Scale)[keyof typeof Scale]

/** By syslog's number, 0 to 7. */
const SYSLOG = [21, 19, 18, 17, 13, 10, 9, 5]
/** By the tens of pino's number. */
const PINO = [0, 1, 5, 9, 13, 17, 21]

/** The severity of a level as a logger wrote it. 0: none that is known. */
export class Levels {
  readonly #words: WordTable

  /** `own`: words of the configuration, which go before the built-in ones. */
  constructor(own: ReadonlyMap<string, number>) {
    const builtIn = Object.entries(WORDS).flatMap(([name, words]) =>
      words.map((word): [string, number] => [word, SEVERITY_NUMBERS.get(name)!]),
    )
    this.#words = new WordTable([...own, ...builtIn])
  }

  ofWord(bytes: Uint8Array, start: number, end: number): number {
    return this.#words.find(bytes, start, end)
  }

  /** A word, or digits. */
  of(bytes: Uint8Array, start: number, end: number, scale: Scale): number {
    const length = end - start
    if (length < 1) return 0
    const first = bytes[start]! - 0x30
    if (first < 0 || first > 9) return this.ofWord(bytes, start, end)
    if (length > 2) return 0
    if (length === 1) return this.ofNumber(first, scale)
    const second = bytes[start + 1]! - 0x30
    return second < 0 || second > 9 ? 0 : this.ofNumber(10 * first + second, scale)
  }

  ofNumber(number: number, scale: Scale): number {
    if (scale === Scale.python) return number < 10 ? 0 : (PINO[Math.floor(number / 10) + 1] ?? 0)
    return number < 8 ? SYSLOG[number]! : (PINO[Math.floor(number / 10)] ?? 0)
  }

  /** The severity in a syslog priority (RFC 5424, 6.2.1): facility times eight, plus the severity. */
  ofPriority(priority: number): number {
    return SYSLOG[priority & 7]!
  }
}
