import type { JsonStage } from '../ast.ts'
import { findValue, parseJsonPath } from './json-path.ts'
import { checkDepth, eachField, MalformedJson, skipSpace, textOf, valueAt } from './json-scan.ts'
import { KeyNames, sanitizeKey } from './label-name.ts'
import type { LineState } from './line-state.ts'
import type { Step } from './step.ts'

export const JSON_ERROR = 'JSONParserErr'

/** Throws StageError. */
export function compileJson({ extractions }: JsonStage): Step {
  if (extractions.length === 0) return compileAll()
  const wanted = extractions.map(({ label, expression }) => ({ label, path: parseJsonPath(expression) }))
  return (state) => {
    if (state.line === '') return true
    return guarded(state, () => {
      const { line } = state
      const document = valueAt(line, skipSpace(line, 0))
      if (document.kind !== 'object' && document.kind !== 'array') throw new MalformedJson('')
      for (const { label, path } of wanted) {
        const value = findValue(line, document, path)
        if (value !== undefined) state.extract(label, value.kind === 'null' ? '' : textOf(line, value))
        else if (state.get(label) === undefined) state.extract(label, '')
      }
    })
  }
}

/** Every string, number and boolean becomes a label, named by its path; arrays and nulls are left out. */
function compileAll(): Step {
  const names = new KeyNames()
  const readObject = (state: LineState, start: number, prefix: string, depth: number): void => {
    checkDepth(depth)
    const { line } = state
    eachField(line, start, (key, value) => {
      const name = prefix === '' ? names.get(key) : `${prefix}_${sanitizeKey(key, false)}`
      if (value.kind === 'object') readObject(state, value.start, name, depth + 1)
      else if (value.kind !== 'array' && value.kind !== 'null' && name !== '')
        state.extract(name, textOf(line, value))
      return false
    })
  }
  return (state) => guarded(state, () => readObject(state, skipSpace(state.line, 0), '', 1))
}

/** Runs `read`; a line that is no JSON passes with an error, and what was extracted before the mistake stays. */
export function guarded(state: LineState, read: () => void): true {
  try {
    read()
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error
    state.fail(JSON_ERROR, error.message)
  }
  return true
}
