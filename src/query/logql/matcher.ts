import type { Matcher } from './ast.ts'
import { matchesWhole, type TextTest } from './regex.ts'

/** Does a label's value match? A label that is missing has the empty value. Throws {@link StageError}. */
export function compileMatcher({ op, value }: Pick<Matcher, 'op' | 'value'>): TextTest {
  if (op === '=') return (text) => text === value
  if (op === '!=') return (text) => text !== value
  const matches = matchesWhole(value)
  return op === '=~' ? matches : (text) => !matches(text)
}
