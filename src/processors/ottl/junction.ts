import { type CompiledTest, constantTest, oncePerGroup, type Test } from './compiled.ts'
import type { Frame } from './frame.ts'
import { type Level, Result } from './kinds.ts'

/**
 * `and` and `or`, from left to right, stopping at the first part that decides or fails, as OTTL does. `deciding` is what settles it: no for
 * `and`, yes for `or`. As there, a part of nothing but literals settles it wherever it stands, also behind one that fails.
 */
export function compileJunction(
  frame: Frame,
  parts: ReadonlyArray<CompiledTest>,
  deciding: typeof Result.no | typeof Result.yes,
): CompiledTest {
  const isSettled = parts.some(({ constant, isLiteral }) => isLiteral && constant === deciding)
  if (isSettled) return constantTest(deciding === Result.yes, true)
  const needed = reached(parts, deciding)
  if (needed.length === 0)
    return constantTest(
      deciding !== Result.yes,
      parts.every(({ isLiteral }) => isLiteral),
    )
  if (needed.at(-1)!.constant === deciding && !needed.some(({ fallible }) => fallible))
    return constantTest(deciding === Result.yes)
  if (needed.length === 1) return needed[0]!
  const level = Math.max(...needed.map((part) => part.level)) as Level
  const tests = needed.map((part) =>
    part.level < level ? oncePerGroup(frame, part.level, part.test) : part.test,
  )
  return { level, fallible: needed.some(({ fallible }) => fallible), test: joined(tests, deciding) }
}

/** The parts that have a say: not those that never decide, nor any behind one that always decides or always fails. */
function reached(parts: ReadonlyArray<CompiledTest>, deciding: Result): CompiledTest[] {
  const open = parts.filter(({ constant }) => constant === undefined || constant === deciding)
  const last = open.findIndex(({ constant, fault }) => constant === deciding || fault !== undefined)
  return last === -1 ? open : open.slice(0, last + 1)
}

function joined(tests: ReadonlyArray<Test>, deciding: Result): Test {
  const otherwise = deciding === Result.yes ? Result.no : Result.yes
  return (record) => {
    for (let i = 0; i < tests.length; i++) {
      const result = tests[i]!(record)
      if (result !== otherwise) return result
    }
    return otherwise
  }
}

export function compileNot(operand: CompiledTest): CompiledTest {
  const { constant, fallible, fault, level, test } = operand
  if (fault !== undefined) return operand
  if (constant !== undefined) return constantTest(constant !== Result.yes, operand.isLiteral)
  const negated: Test = (record) => {
    const result = test(record)
    return result === Result.failed ? result : result === Result.yes ? Result.no : Result.yes
  }
  return { level, fallible, test: negated }
}
