import { isProblem, type Problem } from '../../parameters/fields.ts'
import type { KeyValue } from '../../parameters/key-value.ts'
import type { Comparison, Expr } from '../../traceql/ast.ts'
import { KIND_WORDS, STATUS_WORDS } from '../../traceql/fields.ts'
import { parseLogfmt, TAGS_MAX } from '../../traces/filter/logfmt.ts'

const LENGTH_MAX = 16_384

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
  const attribute: Comparison = {
    kind: 'comparison',
    field: { kind: 'attribute', scope: 'any', name: key },
    op: '=',
    value: { kind: 'anyText', text: value },
  }
  const field = fieldCondition(key, value)
  return field === undefined ? attribute : { kind: 'or', left: field, right: attribute }
}

function fieldCondition(key: string, value: string): Expr | undefined {
  if (key === 'error' && value === 'true') return statusIs('error')
  if (key === 'otel.status_code') return statusIs(value.toLowerCase())
  if (key === 'otel.status_description')
    return {
      kind: 'comparison',
      field: { kind: 'intrinsic', name: 'statusMessage' },
      op: '=',
      value: { kind: 'string', text: value },
    }
  const number = KIND_WORDS.indexOf(value)
  if (key !== 'span.kind' || number < 1) return undefined
  return {
    kind: 'comparison',
    field: { kind: 'intrinsic', name: 'kind' },
    op: '=',
    value: { kind: 'spanKind', number },
  }
}

function statusIs(word: string): Expr | undefined {
  const number = STATUS_WORDS.indexOf(word)
  if (number < 1) return undefined
  return {
    kind: 'comparison',
    field: { kind: 'intrinsic', name: 'status' },
    op: '=',
    value: { kind: 'status', number },
  }
}
