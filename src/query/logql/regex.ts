import { RE2JS, RE2JSException } from 're2js'
import { type LiteralPattern, literalPattern } from '../../processors/ottl/literal-pattern.ts'
import { StageError } from './error.ts'
import { PATTERN_LENGTH_MAX } from './limits.ts'

/** A regular expression as Go reads it. Throws {@link StageError}. */
export function compileRegex(pattern: string, flags = 0): RE2JS {
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new StageError(
      `error parsing regexp: it has ${pattern.length} characters; at most ${PATTERN_LENGTH_MAX} are allowed`,
    )
  try {
    return RE2JS.compile(pattern, flags)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    const reason = error.message.replace(/^error parsing regexp: /, '')
    throw new StageError(`error parsing regexp: ${reason}`)
  }
}

export type TextTest = (text: string) => boolean

/** Does a text contain a match? `.` matches newlines too. Patterns that look for fixed texts need no engine. */
export function containsMatch(pattern: string): TextTest {
  const regex = compileRegex(pattern, RE2JS.DOTALL)
  const literal = literalPattern(pattern)
  if (literal === undefined) return (text) => regex.test(text)
  const test = anyLiteral(literal)
  if (!literal.foldCase) return test
  // Beyond ASCII, letters have partners that only the engine knows.
  return (text) => (NOT_ASCII.test(text) ? regex.test(text) : test(text.toLowerCase()))
}

const NOT_ASCII = /[^\p{ASCII}]/u

function anyLiteral({ alternatives, foldCase }: LiteralPattern): TextTest {
  const tests = alternatives.map((one) =>
    literalTest(foldCase ? { ...one, text: one.text.toLowerCase() } : one),
  )
  const [only] = tests
  if (tests.length === 1 && only !== undefined) return only
  return (text) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(text)) return true
    return false
  }
}

function literalTest({ text, atStart, atEnd }: LiteralPattern['alternatives'][number]): TextTest {
  if (atStart && atEnd) return (value) => value === text
  if (atStart) return (value) => value.startsWith(text)
  if (atEnd) return (value) => value.endsWith(text)
  return (value) => value.includes(text)
}

/** Is a text a match from its start to its end? As values of labels are matched; `.` matches no newline. */
export function matchesWhole(pattern: string): TextTest {
  const regex = compileRegex(`^(?:${pattern})$`)
  return (text) => regex.test(text)
}
