import { compileRegex, type TextTest } from '../logql/regex.ts'
import type { LabelMatcher } from './source.ts'

/**
 * Does a label's value match? A label that is missing has the empty value. A pattern must match the whole value, and its
 * `.` matches newlines too, since Prometheus 3. Throws StageError.
 */
export function compileMatcher({ op, value }: Pick<LabelMatcher, 'op' | 'value'>): TextTest {
  if (op === '=') return (text) => text === value
  if (op === '!=') return (text) => text !== value
  const regex = compileWhole(value)
  return op === '=~' ? (text) => regex.test(text) : (text) => !regex.test(text)
}

/** A pattern that matches whole texts only. Throws StageError. */
export function compileWhole(pattern: string): ReturnType<typeof compileRegex> {
  // By itself first: what is wrong is told of the pattern that was written, and `a)(b` is none.
  compileRegex(pattern)
  return compileRegex(`^(?s:${pattern})$`)
}
