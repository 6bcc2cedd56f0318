import type { LabelChoice } from '../ast.ts'
import { compileMatcher } from '../matcher.ts'
import type { TextTest } from '../regex.ts'
import { ERROR_DETAILS_LABEL, ERROR_LABEL, type LineState } from './line-state.ts'
import type { Step } from './step.ts'

type Choice = { readonly name: string; readonly matches: TextTest }

function compileChoices(labels: ReadonlyArray<LabelChoice>): Choice[] {
  return labels.map((choice) => ({
    name: choice.name,
    matches: choice.kind === 'name' ? () => true : compileMatcher(choice),
  }))
}

/** `| drop a, b="x"`. Throws StageError. */
export function compileDrop(labels: ReadonlyArray<LabelChoice>): Step {
  const choices = compileChoices(labels)
  return (state) => {
    for (let i = 0; i < choices.length; i++) {
      const { name, matches } = choices[i]!
      const value = labelOrError(state, name)
      if (value !== undefined && matches(value)) state.delete(name)
    }
    return true
  }
}

function labelOrError(state: LineState, name: string): string | undefined {
  if (name === ERROR_LABEL) return state.error
  if (name === ERROR_DETAILS_LABEL) return state.errorDetails
  return state.get(name)
}

/** `| keep a, b="x"`; errors stay. Throws StageError. */
export function compileKeep(labels: ReadonlyArray<LabelChoice>): Step {
  const choices = compileChoices(labels)
  const doomed: string[] = []
  return (state) => {
    doomed.length = 0
    state.forEach((value, name) => {
      if (!choices.some((choice) => choice.name === name && choice.matches(value))) doomed.push(name)
    })
    for (let i = 0; i < doomed.length; i++) state.delete(doomed[i]!)
    return true
  }
}
