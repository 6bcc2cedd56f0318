import type {
  Extraction,
  LabelChoice,
  LabelFormat,
  LineFilterOp,
  LineFilterStage,
  LineFilterValue,
  LogfmtStage,
  Stage,
} from '../ast.ts'
import { LIST_LENGTH_MAX, STAGES_MAX } from '../limits.ts'
import type { Cursor } from './cursor.ts'
import { parseIp, parseLabelFilterStage, startsLabelFilter } from './label-filter.ts'
import { isMatchOp } from './selector.ts'

const LINE_FILTER_OPS: ReadonlySet<string> = new Set<LineFilterOp>(['|=', '!=', '|~', '!~', '|>', '!>'])

export function startsLineFilter(cursor: Cursor): boolean {
  return cursor.token.kind === 'symbol' && LINE_FILTER_OPS.has(cursor.token.text)
}

/** The stages from here on; stops before what is none, and before `unwrap`. */
export function parseStages(cursor: Cursor): Stage[] {
  const stages: Stage[] = []
  for (;;) {
    if (startsLineFilter(cursor)) stages.push(parseLineFilter(cursor))
    else if (cursor.is('|') && cursor.next.text !== 'unwrap') {
      const { start } = cursor.take()
      stages.push(parseStage(cursor, start))
    } else return stages
    if (stages.length > STAGES_MAX)
      cursor.fail(stages.at(-1)!.start, `the pipeline has more than ${STAGES_MAX} stages`)
  }
}

function parseLineFilter(cursor: Cursor): LineFilterStage {
  const { text, start } = cursor.take()
  const op = text as LineFilterOp
  const alternatives: LineFilterValue[] = []
  do {
    if (alternatives.length === LIST_LENGTH_MAX)
      cursor.fail(cursor.token.start, `a line filter of more than ${LIST_LENGTH_MAX} alternatives`)
    alternatives.push(parseLineFilterValue(cursor, op))
  } while (cursor.accept('or'))
  return { kind: 'line-filter', op, alternatives, start, end: cursor.lastEnd }
}

function parseLineFilterValue(cursor: Cursor, op: LineFilterOp): LineFilterValue {
  const { start } = cursor.token
  if (cursor.is('ip')) {
    const value = parseIp(cursor)
    if (op !== '|=' && op !== '!=')
      cursor.fail(start, `ip: invalid operation ${op}: ip() stands after |= and != only`)
    return { kind: 'ip', value, start, end: cursor.lastEnd }
  }
  if (cursor.token.kind !== 'string') cursor.unexpected(['STRING', 'ip'])
  const { text, end } = cursor.take()
  return { kind: 'text', value: text, start, end }
}

type StageParser = (cursor: Cursor, start: number) => Stage

/** What may follow `|`, beside a label filter. */
export const STAGES: ReadonlyMap<string, StageParser> = new Map<string, StageParser>([
  ['json', (cursor, start) => ({ kind: 'json', extractions: extractions(cursor), ...span(cursor, start) })],
  ['logfmt', parseLogfmt],
  ['regexp', (cursor, start) => ({ kind: 'regexp', pattern: string(cursor), ...span(cursor, start) })],
  ['pattern', (cursor, start) => ({ kind: 'pattern', pattern: string(cursor), ...span(cursor, start) })],
  ['unpack', (cursor, start) => ({ kind: 'unpack', ...span(cursor, start) })],
  [
    'line_format',
    (cursor, start) => ({ kind: 'line-format', template: string(cursor), ...span(cursor, start) }),
  ],
  ['label_format', parseLabelFormat],
  ['decolorize', (cursor, start) => ({ kind: 'decolorize', ...span(cursor, start) })],
  ['drop', (cursor, start) => ({ kind: 'drop', labels: choices(cursor), ...span(cursor, start) })],
  ['keep', (cursor, start) => ({ kind: 'keep', labels: choices(cursor), ...span(cursor, start) })],
])

function parseStage(cursor: Cursor, start: number): Stage {
  const parse = cursor.token.kind === 'identifier' ? STAGES.get(cursor.token.text) : undefined
  // A label may be called like a stage; but of `| json != "x"`, the end is a line filter.
  const label = startsLabelFilter(cursor) && !LINE_FILTER_OPS.has(cursor.next.text)
  if (parse !== undefined && !label) {
    cursor.take()
    return parse(cursor, start)
  }
  if (cursor.token.kind === 'identifier' || cursor.is('(')) return parseLabelFilterStage(cursor, start)
  return cursor.unexpected([...STAGES.keys(), 'IDENTIFIER', '('])
}

function span(cursor: Cursor, start: number): { readonly start: number; readonly end: number } {
  return { start, end: cursor.lastEnd }
}

function string(cursor: Cursor): string {
  return cursor.expectKind('string').text
}

/** `label, other="expression"`, or nothing. */
function extractions(cursor: Cursor): Extraction[] {
  if (cursor.token.kind !== 'identifier') return []
  return cursor.list(() => {
    const { text: label, start } = cursor.expectKind('identifier')
    const expression = cursor.accept('=') ? string(cursor) : label
    return { kind: 'extraction', label, expression, start, end: cursor.lastEnd }
  })
}

function parseLogfmt(cursor: Cursor, start: number): LogfmtStage {
  let strict = false
  let keepEmpty = false
  while (cursor.token.kind === 'flag') {
    if (cursor.token.text === '--strict') strict = true
    else if (cursor.token.text === '--keep-empty') keepEmpty = true
    else cursor.unexpected(['--strict', '--keep-empty'])
    cursor.take()
  }
  return { kind: 'logfmt', strict, keepEmpty, extractions: extractions(cursor), ...span(cursor, start) }
}

function parseLabelFormat(cursor: Cursor, start: number): Stage {
  const seen = new Set<string>()
  const formats = cursor.list((): LabelFormat => {
    const name = cursor.expectKind('identifier')
    if (seen.has(name.text))
      cursor.fail(name.start, `multiple label name '${name.text}' not allowed in a single format operation`)
    if (name.text === '__error__') cursor.fail(name.start, '__error__ cannot be formatted')
    seen.add(name.text)
    cursor.expect('=')
    if (cursor.token.kind !== 'string' && cursor.token.kind !== 'identifier')
      cursor.unexpected(['STRING', 'IDENTIFIER'])
    const { kind, text, end } = cursor.take()
    const place = { start: name.start, end }
    return kind === 'string'
      ? { kind: 'template', label: name.text, template: text, ...place }
      : { kind: 'rename', label: name.text, source: text, ...place }
  })
  return { kind: 'label-format', formats, ...span(cursor, start) }
}

function choices(cursor: Cursor): LabelChoice[] {
  return cursor.list((): LabelChoice => {
    const { text: name, start } = cursor.expectKind('identifier')
    const op = cursor.token.text
    if (cursor.token.kind !== 'symbol' || !isMatchOp(op))
      return { kind: 'name', name, start, end: cursor.lastEnd }
    cursor.take()
    const value = string(cursor)
    return { kind: 'matcher', name, op, value, start, end: cursor.lastEnd }
  })
}
