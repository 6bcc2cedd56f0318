import { StageError } from '../error.ts'
import { eachField, itemAt, type JsonValue } from './json-scan.ts'

/** Keys and indexes from the document to a value. */
export type JsonPath = ReadonlyArray<string | number>

const FIELD = /[A-Za-z_][A-Za-z0-9_]*/y
const INDEX = /\[(?:(\d+)|"((?:\\.|[^"\\])*)")\]/y

/** Reads `a.b`, `a["b c"]`, `list[0].name`. Throws {@link StageError}. */
export function parseJsonPath(expression: string): JsonPath {
  const path: Array<string | number> = []
  let at = 0
  while (at < expression.length) {
    INDEX.lastIndex = at
    const index = INDEX.exec(expression)
    if (index !== null) {
      path.push(index[1] !== undefined ? Number(index[1]) : index[2]!.replace(/\\(.)/g, '$1'))
      at += index[0].length
      continue
    }
    if (path.length > 0) {
      if (expression[at] !== '.') throw wrongPath(expression, at)
      at++
    }
    FIELD.lastIndex = at
    const field = FIELD.exec(expression)?.[0]
    if (field === undefined) throw wrongPath(expression, at)
    path.push(field)
    at += field.length
  }
  if (path.length === 0) throw wrongPath(expression, 0)
  return path
}

function wrongPath(expression: string, at: number): StageError {
  const rest = expression.slice(at)
  return new StageError(
    `cannot parse expression ${JSON.stringify(expression)}: ${rest === '' ? 'it ends too early' : `unexpected ${rest}`}; write a.b, a["b"] or a[0]`,
  )
}

/** The value at the end of a path, undefined if there is none. Throws MalformedJson. */
export function findValue(text: string, document: JsonValue, path: JsonPath): JsonValue | undefined {
  let value: JsonValue | undefined = document
  for (let i = 0; i < path.length && value !== undefined; i++) value = child(text, value, path[i]!)
  return value
}

function child(text: string, parent: JsonValue, step: string | number): JsonValue | undefined {
  if (typeof step === 'number') return parent.kind === 'array' ? itemAt(text, parent.start, step) : undefined
  if (parent.kind !== 'object') return undefined
  let found: JsonValue | undefined
  eachField(text, parent.start, (key, value) => {
    if (key === step) found = value
    return found !== undefined
  })
  return found
}
