import { compileRegex } from '../../src/query/logql/regex.ts'
import { type LineReader, ScriptError } from '../support/text.ts'
import { parsePoints } from './points.ts'
import type { Expectation, ExpectedEntry, ExpectedPoint, ExpectedSeries, Tolerance } from './script.ts'

/** How near values are, unless a script says otherwise. */
const TOLERANCE = 1e-9
/** What scripts call the engine that answers alone and exactly, as ours does; the other ones cut queries apart. */
const OUR_STACK = 'direct'

export type Expected = { readonly expected: Expectation; readonly tolerance: Tolerance }

/** Reads the lines below an `eval`. Throws {@link ScriptError}. */
export function parseExpected(lines: ReadonlyArray<LineReader>, evalLine: number): Expected {
  let ordered = false
  let tolerance: Tolerance = TOLERANCE
  const series: ExpectedSeries[] = []
  const entries: ExpectedEntry[] = []
  const others: Expectation[] = []
  for (const reader of lines) {
    if (reader.take(/skip(?=\s)/)) {
      reader.expect(/values-comparison/, 'values-comparison')
      if (stackOf(reader) === OUR_STACK) tolerance = undefined
    } else if (reader.take(/expect\s+values-toleration/)) {
      const nearness = Number(reader.expect(/\S+/, 'a number')[0])
      if (!(nearness > 0 && Number.isFinite(nearness))) reader.fail('a tolerance is a number above 0')
      if (stackOf(reader) === OUR_STACK) tolerance = nearness
    } else if (reader.take(/expect\s+ordered/)) {
      ordered = true
      end(reader)
    } else if (reader.take(/expect\s+empty/)) {
      others.push({ kind: 'empty' })
      end(reader)
    } else if (reader.take(/expect\s+fail/)) others.push(parseFailure(reader))
    else if (reader.take(/expect/)) reader.fail('expected ordered, empty, fail or values-toleration')
    else if (reader.rest.startsWith('{')) parseLabelled(reader, series, entries)
    else others.push({ kind: 'scalar', value: onlyPoint(reader) })
  }
  const kinds = [others.length > 0, series.length > 0, entries.length > 0].filter(Boolean).length
  if (kinds !== 1 || others.length > 1)
    throw new ScriptError(`line ${evalLine}: an eval expects exactly one kind of result`)
  if (ordered && series.length === 0)
    throw new ScriptError(`line ${evalLine}: expect ordered stands above series only`)
  if (others[0] !== undefined) return { expected: others[0], tolerance }
  if (entries.length > 0) return { expected: { kind: 'entries', entries }, tolerance }
  return { expected: { kind: 'series', series, ordered }, tolerance }
}

function stackOf(reader: LineReader): string {
  reader.expect(/on(?=\s)/, 'on')
  const stack = reader.raw()
  end(reader)
  return stack
}

function end(reader: LineReader): void {
  if (reader.rest !== '') reader.fail('unexpected text')
}

function parseFailure(reader: LineReader): Expectation {
  if (reader.rest === '') return { kind: 'fail', message: undefined, pattern: undefined }
  const word = reader.expect(/msg:|regex:/, 'msg: or regex:')[0]
  const text = reader.rest
  if (text === '') reader.fail(`expected a text after ${word}`)
  if (word === 'msg:') return { kind: 'fail', message: text, pattern: undefined }
  const regex = compileRegex(text)
  return { kind: 'fail', message: undefined, pattern: { text, test: (message) => regex.test(message) } }
}

/** `{a="b"} 1 2 3`, `{a="b"} "line" @ 10s` */
function parseLabelled(reader: LineReader, series: ExpectedSeries[], entries: ExpectedEntry[]): void {
  const labels = reader.labels()
  if (/^["`]/.test(reader.rest)) entries.push(parseEntry(reader, labels))
  else if (reader.rest === '') reader.fail('expected points, or a line in quotes')
  else series.push({ labels, points: parseAllPoints(reader) })
}

function parseEntry(reader: LineReader, labels: ReadonlyMap<string, string>): ExpectedEntry {
  const line = reader.raw()
  reader.expect(/@/, '@')
  const timeNs = reader.durationNs()
  const metadata = reader.clause('metadata')
  const parsed = reader.clause('parsed')
  end(reader)
  return { labels, line, timeNs, metadata, parsed }
}

function onlyPoint(reader: LineReader): number {
  const [value, more] = parseAllPoints(reader)
  if (value === undefined || more !== undefined) reader.fail('expected one number')
  return value
}

function parseAllPoints(reader: LineReader): ExpectedPoint[] {
  return reader.rest.split(/\s+/).flatMap((word) => parsePoints(word) ?? reader.fail('expected points'))
}
