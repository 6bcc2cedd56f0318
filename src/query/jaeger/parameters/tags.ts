import { isProblem, type Problem } from '../../parameters/fields.ts'
import type { KeyValue } from '../../parameters/key-value.ts'
import { anyAttributeIs, type Expr, intrinsicIs } from '../../traceql/ast.ts'
import { parseLogfmt, TAGS_MAX } from '../../traces/filter/logfmt.ts'
import { SPAN_KINDS, SPAN_STATUSES } from '../../traces/words.ts'

const LENGTH_MAX = 16_384
const STATUSES: ReadonlyArray<string> = SPAN_STATUSES

/** Tags as Grafana and the UI send them, a JSON object of texts; or as people write them, logfmt. */
export function parseTags(text: string): ReadonlyArray<KeyValue> | Problem {
  if (text.length > LENGTH_MAX) return { problem: `has more than ${LENGTH_MAX} characters` }
  if (!text.trimStart().startsWith('{')) return parseLogfmt(text)
  const pairs = parseObject(text)
  if (isProblem(pairs)) return pairs
  return pairs.length > TAGS_MAX ? { problem: `has more than ${TAGS_MAX} tags` } : pairs
}

function parseObject(text: string): ReadonlyArray<KeyValue> | Problem {
  try {
    const object: unknown = JSON.parse(text)
    const pairs = Object.entries(object as Readonly<Record<string, unknown>>)
    const nested = pairs.find(([, value]) => typeof value === 'object')
    if (nested !== undefined)
      return { problem: `has no text for the tag ${JSON.stringify(nested[0].slice(0, 64))}` }
    return pairs.map(([key, value]) => ({ key, value: String(value) }))
  } catch {
    return { problem: 'is no JSON: expected {"http.status_code":"500"} or http.status_code=500' }
  }
}

/** `key:value`, the older form. */
export function parseTag(text: string): KeyValue | Problem {
  const colon = text.indexOf(':')
  if (colon < 1) return { problem: 'is no tag: expected key:value' }
  return { key: text.slice(0, colon), value: text.slice(colon + 1) }
}

/** What a tag asks of a span: of the fields that are shown as tags, the field; else an attribute of span or process. */
export function tagCondition({ key, value }: KeyValue): Expr {
  const attribute = anyAttributeIs(key, value)
  const field = fieldCondition(key, value)
  return field === undefined ? attribute : { kind: 'or', left: field, right: attribute }
}

function fieldCondition(key: string, value: string): Expr | undefined {
  if (key === 'error' && value === 'true') return statusIs('error')
  if (key === 'otel.status_code') return statusIs(value.toLowerCase())
  if (key === 'otel.status_description') return intrinsicIs('statusMessage', { kind: 'string', text: value })
  const number = SPAN_KINDS.indexOf(value)
  return key !== 'span.kind' || number < 1 ? undefined : intrinsicIs('kind', { kind: 'spanKind', number })
}

function statusIs(word: string): Expr | undefined {
  const number = STATUSES.indexOf(word)
  return number < 1 ? undefined : intrinsicIs('status', { kind: 'status', number })
}
