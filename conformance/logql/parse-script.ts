import { LineReader, ScriptError, withoutComment } from '../support/text.ts'
import { parseExpected } from './parse-expected.ts'
import type { Command, EvalMode, LoadedEntry, LoadedStream } from './script.ts'

type Line = { readonly text: string; readonly number: number; readonly indented: boolean }

/** Entries of one line of a script. */
const REPEATS_MAX = 1_000_000

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

/** `{labels} "line" @ start [repeat every step for count] [metadata a="b"]`, the clauses in any order. */
function parseLoad({ text, number }: Line): LoadedStream {
  const reader = new LineReader(text, number)
  const labels = reader.labels()
  const line = reader.raw()
  reader.expect(/@/, '@')
  const start = reader.durationNs()
  let repeat: Repeat | undefined
  let metadata: ReadonlyMap<string, string> | undefined
  while (reader.rest !== '') {
    const before = reader.rest
    repeat ??= parseRepeat(reader)
    metadata ??= reader.clause('metadata')
    if (reader.rest === before) reader.fail('expected [repeat every … for …], [metadata …] or nothing')
  }
  const { stepNs, count } = repeat ?? { stepNs: 0n, count: 1 }
  const entries = Array.from(
    { length: count },
    (_, i): LoadedEntry => ({
      timeNs: start + stepNs * BigInt(i),
      line: line.replace(/\{\{\s*\.i\s*\}\}/g, String(i)),
      metadata: metadata ?? new Map(),
    }),
  )
  return { labels, entries }
}

type Repeat = { readonly stepNs: bigint; readonly count: number }

function parseRepeat(reader: LineReader): Repeat | undefined {
  if (!reader.take(/\[repeat\s+every(?=\s)/)) return undefined
  const stepNs = reader.durationNs()
  reader.expect(/for/, 'for')
  const count = Number(reader.expect(/\d+(?=\s*\])/, 'a whole number and ]')[0])
  reader.expect(/\]/, ']')
  if (count < 1 || count > REPEATS_MAX) reader.fail(`from 1 to ${REPEATS_MAX} entries are possible`)
  return { stepNs, count }
}

function parseEval(head: string, line: number, block: ReadonlyArray<Line>): Command {
  const reader = new LineReader(head, line)
  reader.expect(/eval(?=\s)/, 'eval')
  const mode = parseMode(reader)
  const query = reader.rest
  if (query === '') reader.fail('expected a query')
  const { expected, tolerance } = parseExpected(
    block.map(({ text, number }) => new LineReader(text, number)),
    line,
  )
  if (expected.kind === 'series' && expected.ordered && mode.kind !== 'instant')
    reader.fail('expect ordered stands below eval instant only')
  return { kind: 'eval', line, mode, query, expected, tolerance }
}

function parseMode(reader: LineReader): EvalMode {
  const kind = reader.expect(/(?:instant|range|select)(?=\s)/, 'instant, range or select')[0]
  if (kind === 'instant') {
    reader.expect(/at(?=\s)/, 'at')
    return { kind, timeNs: reader.durationNs() }
  }
  reader.expect(/from(?=\s)/, 'from')
  const fromNs = reader.durationNs()
  reader.expect(/to(?=\s)/, 'to')
  const toNs = reader.durationNs()
  if (kind === 'select') {
    const word = reader.expect(/(?:forward|backward)(?=\s|$)/i, 'forward or backward')[0]
    if (toNs <= fromNs) reader.fail('the window ends where it begins, or before')
    return { kind, fromNs, toNs, direction: word.toLowerCase() === 'forward' ? 'forward' : 'backward' }
  }
  reader.expect(/step(?=\s)/, 'step')
  const stepNs = reader.durationNs()
  if (stepNs <= 0n) reader.fail('a step must be longer than 0')
  if (toNs < fromNs) reader.fail('the range ends before it begins')
  return { kind: 'range', fromNs, toNs, stepNs }
}
