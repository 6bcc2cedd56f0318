import { parseDurationMs } from '../../src/query/promql/duration.ts'
import { LineReader, ScriptError } from '../support/text.ts'
import type { RangeMode } from './backend.ts'
import { withNativeBuckets } from './nhcb.ts'
import { parsePoints, type Value } from './points.ts'
import type {
  Command,
  EvalCommand,
  EvalMode,
  ExpectedNotes,
  ExpectedResult,
  ExpectedSeries,
  ExpectedText,
  LoadedSeries,
} from './script.ts'

type Line = { readonly text: string; readonly number: number }

/** Reads a script. Throws {@link ScriptError}. */
export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map((raw, i): Line => {
    const trimmed = raw.trim()
    return { text: trimmed.startsWith('#') ? '' : trimmed, number: i + 1 }
  })
  const commands: Command[] = []
  for (let i = 0; i < lines.length; ) {
    const head = lines[i++]!
    if (head.text === '') continue
    const block: Line[] = []
    // A block ends at an empty line, a comment or the next command; `clear` has none.
    if (head.text !== 'clear') while (i < lines.length && !endsBlock(lines[i]!.text)) block.push(lines[i++]!)
    commands.push(parseCommand(head, block))
  }
  return commands
}

const COMMAND = /^(?:eval(?:_\w+)?\s+(?:instant|range)\s|load(?:_with_nhcb)?\s+[\d.]+[a-z\d]*$|clear$)/

function endsBlock(text: string): boolean {
  return text === '' || COMMAND.test(text)
}

function parseCommand({ text, number }: Line, block: ReadonlyArray<Line>): Command {
  const word = /^\w+/.exec(text)?.[0] ?? ''
  if (word === 'clear') return { kind: 'clear', line: number }
  if (word === 'load' || word === 'load_with_nhcb') {
    const stepMs = durationMs(text.slice(word.length).trim(), number)
    const series = block.filter(({ text }) => !START_TIMES.test(text)).map((line) => parseLoad(line, stepMs))
    const last = new Map(series.map((one) => [JSON.stringify([...one.labels].sort()), one]))
    const loaded = [...last.values()]
    return { kind: 'load', line: number, series: word === 'load' ? loaded : withNativeBuckets(loaded) }
  }
  if (/^eval(?:_fail|_warn|_info|_ordered)?$/.test(word)) return parseEval(text, number, block)
  throw new ScriptError(`line ${number}: expected load, clear or eval: ${text}`)
}

/** `metric{a="b"}@st -30s …`: when the samples of the next line began to count, which nothing here looks at. */
const START_TIMES = /^\S*@st\s/

/** `5m`, `1m30s`, `0`, seconds without a unit; with a sign. */
function durationMs(word: string, line: number): number {
  const negative = word.startsWith('-')
  const text = negative ? word.slice(1) : word
  const ms = /^[\d.]+$/.test(text) ? Number(text) * 1000 : parseDurationMs(text)
  if (ms === undefined) throw new ScriptError(`line ${line}: a wrong duration: ${word}`)
  return negative ? -ms : ms
}

function parseLoad({ text, number }: Line, stepMs: number): LoadedSeries {
  const reader = new LineReader(text, number)
  const labels = parseMetric(reader)
  const samples = parsePoints(reader).flatMap((value: Value, i) =>
    value === undefined ? [] : [{ timeMs: i * stepMs, value }],
  )
  return { labels, samples }
}

/** `name{a="b", "quoted name"='c'}`, `{"a metric"}`. */
function parseMetric(reader: LineReader): Map<string, string> {
  const labels = new Map<string, string>()
  const name = reader.take(/[A-Za-z_:][\w:]*/)?.[0]
  if (name !== undefined) labels.set('__name__', name)
  if (!reader.take(/\{(?!\{)/)) return labels
  while (!reader.take(/\}/)) {
    const bare = reader.take(/[A-Za-z_]\w*/)?.[0]
    const label = bare ?? unquoted(reader)
    if (bare === undefined && !reader.at(/\s*=/)) labels.set('__name__', label)
    else {
      reader.expect(/=/, '=')
      const value = unquoted(reader)
      if (value !== '') labels.set(label, value)
    }
    reader.take(/,/)
  }
  return labels
}

function unquoted(reader: LineReader): string {
  const match = reader.expect(/"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|`([^`]*)`/, 'a quoted text')
  if (match[3] !== undefined) return match[3]
  return JSON.parse(
    `"${(match[1] ?? match[2]!.replace(/"/g, '\\"')).replace(/\\'/g, "'").replace(/\\x(..)/g, '\\u00$1')}"`,
  )
}

function parseEval(text: string, line: number, block: ReadonlyArray<Line>): EvalCommand {
  const reader = new LineReader(text, line)
  const [, suffix = ''] = reader.expect(/eval(?:_(fail|warn|info|ordered))?/, 'eval')
  const mode = parseMode(reader, line)
  const query = reader.rest
  if (query === '') reader.fail('expected a query')
  return { kind: 'eval', line, query, ...parseExpected(block, suffix, mode) }
}

function parseMode(reader: LineReader, line: number): EvalMode {
  if (reader.take(/instant\b/)) {
    // Without a moment it is the script's epoch.
    return { kind: 'instant', timeMs: reader.take(/at\s/) === undefined ? 0 : parseTime(reader, line) }
  }
  reader.expect(/range/, 'instant or range')
  return parseRange(reader, line)
}

function parseRange(reader: LineReader, line: number): RangeMode {
  const time = (): number => parseTime(reader, line)
  reader.expect(/from/, 'from')
  const startMs = time()
  reader.expect(/to/, 'to')
  const endMs = time()
  reader.expect(/step/, 'step')
  return { kind: 'range', startMs, endMs, stepMs: time() }
}

function parseTime(reader: LineReader, line: number): number {
  return durationMs(reader.expect(/-?[\w.]+/, 'a time')[0], line)
}

type Draft = { [Key in 'fail' | 'warn' | 'info']: ExpectedText[] } & {
  noWarn: boolean
  noInfo: boolean
  ordered: boolean
  string: string | undefined
  /** Where the samples of a range vector are expected. */
  samples: RangeMode | undefined
}
const ANYTHING: ExpectedText = { text: undefined, pattern: undefined }

function parseExpected(
  block: ReadonlyArray<Line>,
  suffix: string,
  mode: EvalMode,
): Pick<EvalCommand, 'mode' | 'expected' | 'notes' | 'histograms'> {
  const draft: Draft = {
    fail: suffix === 'fail' ? [ANYTHING] : [],
    warn: suffix === 'warn' ? [ANYTHING] : [],
    info: suffix === 'info' ? [ANYTHING] : [],
    noWarn: false,
    noInfo: false,
    ordered: suffix === 'ordered',
    string: undefined,
    samples: undefined,
  }
  const series: ExpectedSeries[] = []
  let scalar: number | undefined
  for (const { text, number } of block) {
    const reader = new LineReader(text, number)
    if (parseExpect(reader, draft, number)) continue
    if (/^[-+]?(?:[\d.]|inf|nan)/i.test(text) && mode.kind === 'instant')
      scalar = parsePoints(reader)[0] as number
    else series.push(parseSeries(reader))
  }
  return {
    // A range vector is asked for where its samples end.
    mode: draft.samples === undefined ? mode : { kind: 'instant', timeMs: draft.samples.endMs },
    expected: resultOf(draft, series, scalar),
    notes: draft satisfies ExpectedNotes,
    histograms: block.some(({ text }) => text.includes('{{')),
  }
}

function resultOf(draft: Draft, series: ExpectedSeries[], scalar: number | undefined): ExpectedResult {
  if (draft.fail.length > 0) return { kind: 'fail' }
  if (draft.string !== undefined) return { kind: 'string', value: draft.string }
  if (scalar !== undefined) return { kind: 'scalar', value: scalar }
  if (draft.samples !== undefined) {
    const { startMs, stepMs } = draft.samples
    return { kind: 'samples', series, startMs, stepMs }
  }
  return { kind: 'series', series, ordered: draft.ordered }
}

function parseExpect(reader: LineReader, draft: Draft, line: number): boolean {
  const old = reader.take(/expected_fail_(message|regexp)\s/)
  if (old !== undefined) {
    const rest = reader.rest
    draft.fail = [
      old[1] === 'message' ? { text: rest, pattern: undefined } : { text: undefined, pattern: rest },
    ]
    return true
  }
  if (reader.take(/expect\s/) === undefined) return false
  if (reader.take(/ordered/)) draft.ordered = true
  else if (reader.take(/no_warn/)) draft.noWarn = true
  else if (reader.take(/no_info/)) draft.noInfo = true
  else if (reader.take(/string/)) draft.string = unquoted(reader)
  else if (reader.take(/range\s+vector/)) draft.samples = parseRange(reader, line)
  else {
    const type = reader.expect(/fail|warn|info/, 'fail, warn, info, ordered, string or range vector')[0] as
      | 'fail'
      | 'warn'
      | 'info'
    const text = reader.take(/msg:/) === undefined ? undefined : reader.rest
    const pattern = text !== undefined || reader.take(/regex:/) === undefined ? undefined : reader.rest
    draft[type].push({ text, pattern })
  }
  return true
}

function parseSeries(reader: LineReader): ExpectedSeries {
  const labels = parseMetric(reader)
  const points = parsePoints(reader).map((value) => {
    if (value === 'stale') return reader.fail('a result is never stale')
    return value
  })
  return { labels, points }
}
