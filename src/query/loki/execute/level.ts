import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import type { Source } from '../../sql/source.ts'

/**
 * `detected_level` of a log record, in TypeScript and in SQL, one beside the other: the tests hold that both say the same of
 * any record. In order: the severity's text, its number, an attribute that is named as a level, what the line says of a
 * level, the first word of the line that is one; else `unknown`.
 */

/** Attributes that name a level; the first of a record counts. */
const LEVEL_KEYS = [
  'level',
  'LEVEL',
  'Level',
  'severity',
  'SEVERITY',
  'Severity',
  'lvl',
  'LVL',
  'Lvl',
] as const
const UNKNOWN = 'unknown'

const LEVEL_OF_WORD: ReadonlyMap<string, string> = new Map([
  ['trace', 'trace'],
  ['trc', 'trace'],
  ['debug', 'debug'],
  ['dbg', 'debug'],
  ['info', 'info'],
  ['inf', 'info'],
  ['information', 'info'],
  ['notice', 'info'],
  ['warn', 'warn'],
  ['wrn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['err', 'error'],
  ['critical', 'critical'],
  ['fatal', 'fatal'],
  ['panic', 'fatal'],
])
/** Of severity numbers 1-4, 5-8, … */
const LEVEL_OF_NUMBER = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

// Written so that RE2 over `lower(Body)` and JavaScript's `i` without `u` (ASCII letters only) match alike.
const NAMED = String.raw`\b(?:level|lvl|severity)["']?[ \t]*[:=][ \t]*["']?([a-z]+)`
const WORD = String.raw`\b(trace|trc|debug|dbg|info|warn|warning|wrn|error|err|critical|fatal|panic)\b`
/** One of them is in whatever the pattern matches: looking for those is quicker than RE2's answer that nothing does. */
const IN_NAMED = ['level', 'lvl', 'severity']
const IN_WORD = ['trace', 'trc', 'debug', 'dbg', 'info', 'warn', 'wrn', 'err', 'critical', 'fatal', 'panic']
const NAMED_REGEX = new RegExp(NAMED, 'i')
const WORD_REGEX = new RegExp(WORD, 'i')

const LEVEL_KEY_SET: ReadonlySet<string> = new Set(LEVEL_KEYS)

export type Levelled = {
  readonly body: string
  readonly severityText: string
  readonly severityNumber: number
  readonly keys: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
}

function levelOfWord(word: string | undefined): string | undefined {
  return word === undefined || word === '' ? undefined : LEVEL_OF_WORD.get(word.toLowerCase())
}

export function detectedLevel({ body, severityText, severityNumber, keys, values }: Levelled): string {
  const ofText = levelOfWord(severityText)
  if (ofText !== undefined) return ofText
  if (severityNumber >= 1 && severityNumber <= 24) return LEVEL_OF_NUMBER[(severityNumber - 1) >> 2]!
  return (
    levelOfWord(values[keys.findIndex((key) => LEVEL_KEY_SET.has(key))]) ??
    levelOfWord(NAMED_REGEX.exec(body)?.[1]) ??
    levelOfWord(WORD_REGEX.exec(body)?.[1]) ??
    UNKNOWN
  )
}

/** Of a key of an attribute: does it name a level? */
export const isLevelKey = (key: Fragment): Fragment => sql`has(${levelKeys}, ${key})`

const words = bind('Array(String)', [...LEVEL_OF_WORD.keys()])
const levels = bind('Array(String)', [...LEVEL_OF_WORD.values()])
const levelKeys = bind('Array(String)', LEVEL_KEYS)
const levelsOfNumbers = bind('Array(String)', LEVEL_OF_NUMBER)

/** The level's name, or the empty text. */
const known = (word: Fragment): Fragment => sql`transform(lower(${word}), ${words}, ${levels}, '')`

/** `withAttributes`: false where no row has an attribute of {@link isLevelKey}, so that none need be read. */
export function detectedLevelSql(logs: Source, { withAttributes = true } = {}): Fragment {
  const attributes = logs.column('LogAttributes')
  const number = logs.column('SeverityNumber')
  const body = sql`lower(${logs.column('Body')})`
  const attribute = known(
    sql`arrayFirst((v, k) -> ${isLevelKey(sql`k`)}, mapValues(${attributes}), mapKeys(${attributes}))`,
  )
  const text = known(sql`toString(${logs.column('SeverityText')})`)
  const ofNumber = sql`arrayElement(${levelsOfNumbers}, toUInt8(bitShiftRight(toUInt32(${number} - 1), 2) + 1))`
  const extracted = (pattern: string, needles: ReadonlyArray<string>): Fragment =>
    sql`if(multiSearchAny(${body}, ${bind('Array(String)', needles)}), extract(${body}, ${bind('String', pattern)}), '')`
  const ofBody = known(extracted(NAMED, IN_NAMED))
  const ofWord = known(extracted(WORD, IN_WORD))
  return sql`multiIf(
    ${text} != '', ${text}, ${number} BETWEEN 1 AND 24, ${ofNumber}, ${withAttributes ? sql`${attribute} != '', ${attribute},` : sql``}
    ${ofBody} != '', ${ofBody}, ${ofWord} != '', ${ofWord}, ${bind('String', UNKNOWN)})`
}
