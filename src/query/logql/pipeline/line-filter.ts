import type { LineFilterOp, LineFilterStage, LineFilterValue } from '../ast.ts'
import { compileIp } from '../ip.ts'
import { containsMatch, type TextTest } from '../regex.ts'
import { compileLinePattern } from './pattern.ts'
import type { Step } from './step.ts'

/** Keeps or drops a line by its text. Throws StageError. */
export function compileLineFilter({ op, alternatives }: LineFilterStage): Step {
  const tests = alternatives.map((value) => compileTest(op, value))
  const positive = op[0] === '|'
  const [only] = tests
  if (tests.length === 1 && only !== undefined)
    return positive ? (state) => only(state.line) : (state) => !only(state.line)
  return (state) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(state.line)) return positive
    return !positive
  }
}

function compileTest(op: LineFilterOp, { kind, value }: LineFilterValue): TextTest {
  if (kind === 'ip') return compileIp(value)
  switch (op) {
    case '|=':
    case '!=':
      return (line) => line.includes(value)
    case '|~':
    case '!~':
      return containsMatch(value)
    case '|>':
    case '!>':
      return compileLinePattern(value)
  }
}
