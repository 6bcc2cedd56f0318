import type { Conversion, LabelFilterStage, LogRange, Selector, Stage, Unwrap } from '../ast.ts'
import { STAGES_MAX } from '../limits.ts'
import type { Cursor } from './cursor.ts'
import { parseLabelFilterStage } from './label-filter.ts'
import { parseSelector } from './selector.ts'
import { parseStages, startsLineFilter } from './stages.ts'

/** A log range while it is read: its parts come in several orders, with parentheses around any beginning of them. */
type Draft = {
  selector: Selector
  readonly stages: Stage[]
  unwrap: Unwrap | undefined
  rangeNs: number | undefined
  offsetNs: number | undefined
}

/**
 * `{…} | stages | unwrap x [5m] offset 1m`. The window may stand before the stages, and parentheses around the query or
 * around all.
 */
export function parseLogRange(cursor: Cursor): LogRange {
  const { start } = cursor.token
  const draft = parseDraft(cursor)
  if (draft.rangeNs === undefined) return cursor.unexpected(['[', '|', '|=', '!=', '|~', '!~', '|>', '!>'])
  const { selector, stages, unwrap, rangeNs } = draft
  const offsetNs = draft.offsetNs ?? 0
  return { kind: 'log-range', selector, stages, unwrap, rangeNs, offsetNs, start, end: cursor.lastEnd }
}

function parseDraft(cursor: Cursor): Draft {
  let draft: Draft
  if (cursor.accept('(')) {
    draft = cursor.nested(() => parseDraft(cursor))
    cursor.expect(')')
  } else if (cursor.is('{')) {
    const selector = parseSelector(cursor)
    draft = { selector, stages: [], unwrap: undefined, rangeNs: undefined, offsetNs: undefined }
  } else return cursor.unexpected(['{', '('])
  while (parsePart(cursor, draft));
  return draft
}

function parsePart(cursor: Cursor, draft: Draft): boolean {
  if (cursor.is('[') && draft.rangeNs === undefined) {
    draft.rangeNs = parseWindow(cursor)
    return true
  }
  if (cursor.is('offset') && draft.rangeNs !== undefined && draft.offsetNs === undefined) {
    cursor.take()
    const negative = cursor.accept('-')
    const { value } = cursor.expectKind('duration')
    draft.offsetNs = negative ? -value : value
    return true
  }
  if (!cursor.is('|') && !startsLineFilter(cursor)) return false
  if (draft.unwrap !== undefined) return false
  draft.stages.push(...parseStages(cursor))
  if (draft.stages.length > STAGES_MAX)
    cursor.fail(cursor.token.start, `the pipeline has more than ${STAGES_MAX} stages`)
  if (cursor.is('|')) draft.unwrap = parseUnwrap(cursor)
  return true
}

function parseWindow(cursor: Cursor): number {
  cursor.expect('[')
  const { value, start } = cursor.expectKind('duration')
  cursor.expect(']')
  if (value <= 0) cursor.fail(start, 'the window of a range must be longer than 0')
  return value
}

const CONVERSIONS: ReadonlySet<string> = new Set<Conversion>(['duration', 'duration_seconds', 'bytes'])

function parseUnwrap(cursor: Cursor): Unwrap {
  const { start } = cursor.expect('|')
  cursor.expect('unwrap')
  const first = cursor.expectKind('identifier')
  let label = first.text
  let conversion: Conversion | undefined
  if (cursor.is('(')) {
    if (!CONVERSIONS.has(first.text))
      cursor.fail(first.start, `unwrap converts by duration, duration_seconds or bytes, not by ${first.text}`)
    conversion = first.text as Conversion
    cursor.take()
    label = cursor.expectKind('identifier').text
    cursor.expect(')')
  }
  const filters: LabelFilterStage[] = []
  while (cursor.is('|')) {
    const bar = cursor.take()
    filters.push(parseLabelFilterStage(cursor, bar.start))
    if (filters.length > STAGES_MAX) cursor.fail(bar.start, `the pipeline has more than ${STAGES_MAX} stages`)
  }
  return { kind: 'unwrap', label, conversion, filters, start, end: cursor.lastEnd }
}
