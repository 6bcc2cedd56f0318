import { LineReader, ScriptError, withoutComment } from '../support/text.ts'
import { parsePoints } from './points.ts'
import type {
  Command,
  EvalMode,
  Expectation,
  ExpectedEntry,
  ExpectedSeries,
  LoadedEntry,
  LoadedStream,
} from './script.ts'

type Line = { readonly text: string; readonly number: number; readonly indented: boolean }

/** Reads a script. Throws {@link ScriptError}. */
export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map(
    (raw, i): Line => ({
      text: withoutComment(raw),
      number: i + 1,
      indented: /^\s/.test(raw),
    }),
  )
  const commands: Command[] = []
  for (let i = 0; i < lines.length; ) {
    const { text: head, number } = lines[i]!
    const block: Line[] = []
    // An indented comment does not end a block; an empty line and a dedented one do.
    for (i++; i < lines.length && lines[i]!.indented; i++)
      if (lines[i]!.text.trim() !== '') block.push(lines[i]!)
    if (head.trim() !== '') commands.push(parseCommand(head, number, block))
  }
  return commands
}

function parseCommand(head: string, line: number, block: ReadonlyArray<Line>): Command {
  const word = /^\w+/.exec(head)?.[0]
  if (word === 'clear' || word === 'flush') return { kind: word, line }
  if (word === 'load') return { kind: 'load', line, streams: block.map(parseLoad) }
  if (word === 'eval') return parseEval(head, line, block)
  throw new ScriptError(`line ${line}: expected load, clear, flush or eval: ${head}`)
}

/** `{labels} "line" @ start [repeat every step for count] [metadata a="b"]` */
function parseLoad({ text, number }: Line): LoadedStream {
  const reader = new LineReader(text, number)
  const labels = reader.labels()
  const line = reader.quoted()
  reader.expect(/@/, '@')
  const start = reader.durationNs()
  let step = 0n
  let count = 1
  if (reader.take(/\[repeat every/)) {
    step = reader.durationNs()
    reader.expect(/for/, 'for')
    count = Number(reader.expect(/\d+/, 'a count')[0])
    reader.expect(/\]/, ']')
  }
  const metadata = reader.clause('metadata')
  if (reader.rest !== '') reader.fail('unexpected text')
  const entries = Array.from(
    { length: count },
    (_, i): LoadedEntry => ({
      timeNs: start + step * BigInt(i),
      line: line.replace(/\{\{\s*\.i\s*\}\}/g, String(i)),
      metadata,
    }),
  )
  return { labels, entries }
}

function parseEval(head: string, line: number, block: ReadonlyArray<Line>): Command {
  const reader = new LineReader(head, line)
  reader.expect(/eval/, 'eval')
  const mode = parseMode(reader)
  const query = reader.rest
  if (query === '') reader.fail('expected a query')
  return { kind: 'eval', line, mode, query, expected: parseExpected(block, line) }
}

function parseMode(reader: LineReader): EvalMode {
  const kind = reader.expect(/instant|range|select/, 'instant, range or select')[0]
  if (kind === 'instant') {
    reader.expect(/at/, 'at')
    return { kind, timeNs: reader.durationNs() }
  }
  reader.expect(/from/, 'from')
  const fromNs = reader.durationNs()
  reader.expect(/to/, 'to')
  const toNs = reader.durationNs()
  if (kind === 'select') {
    const direction = reader.expect(/forward|backward/, 'forward or backward')[0]
    return { kind, fromNs, toNs, direction: direction === 'forward' ? 'forward' : 'backward' }
  }
  reader.expect(/step/, 'step')
  return { kind: 'range', fromNs, toNs, stepNs: reader.durationNs() }
}

function parseExpected(block: ReadonlyArray<Line>, evalLine: number): Expectation {
  let ordered = false
  const series: ExpectedSeries[] = []
  const entries: ExpectedEntry[] = []
  let other: Expectation | undefined
  for (const { text, number } of block) {
    const reader = new LineReader(text, number)
    // Directives for engines that only approximate: ours is exact.
    if (reader.take(/skip values-comparison|expect values-toleration/)) continue
    if (reader.take(/expect ordered/)) ordered = true
    else if (reader.take(/expect empty/)) other = { kind: 'empty' }
    else if (reader.take(/expect fail/)) other = parseFailure(reader)
    else if (text.trim().startsWith('{')) {
      const labels = reader.labels()
      if (/^["`]/.test(reader.rest)) entries.push(parseEntry(reader, labels))
      else series.push({ labels, points: parseAllPoints(reader) })
    } else other = { kind: 'scalar', value: parseAllPoints(reader)[0] ?? reader.fail('expected a number') }
  }
  const kinds = [other !== undefined, series.length > 0, entries.length > 0].filter(Boolean).length
  if (kinds !== 1) throw new ScriptError(`line ${evalLine}: an eval expects exactly one kind of result`)
  if (other !== undefined) return other
  return entries.length > 0 ? { kind: 'entries', entries } : { kind: 'series', series, ordered }
}

function parseFailure(reader: LineReader): Expectation {
  const message = reader.take(/msg:/) ? reader.rest : undefined
  const pattern = message === undefined && reader.take(/regex:/) ? reader.rest : undefined
  return { kind: 'fail', message, pattern }
}

function parseEntry(reader: LineReader, labels: Map<string, string>): ExpectedEntry {
  const line = reader.quoted()
  reader.expect(/@/, '@')
  const timeNs = reader.durationNs()
  const metadata = reader.clause('metadata')
  const parsed = reader.clause('parsed')
  if (reader.rest !== '') reader.fail('unexpected text')
  return { labels, line, timeNs, metadata, parsed }
}

function parseAllPoints(reader: LineReader): Array<number | undefined> {
  return reader.rest.split(/\s+/).flatMap((word) => parsePoints(word) ?? reader.fail('expected points'))
}
