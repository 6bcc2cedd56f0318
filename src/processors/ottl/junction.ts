import { type CompiledTest, constantTest, oncePerGroup, type Test } from './compiled.ts'
import type { Frame } from './frame.ts'
import { type Level, Result } from './kinds.ts'

/**
 * `and` and `or`, from left to right, stopping at the first part that decides or fails, as OTTL does.
 * `deciding` is what settles it: no for `and`, yes for `or`.
 */
export function compileJunction(
  frame: Frame,
  parts: ReadonlyArray<CompiledTest>,
  deciding: typeof Result.no | typeof Result.yes,
): CompiledTest {
  const needed: CompiledTest[] = []
  for (const part of parts) {
    if (part.constant === undefined) needed.push(part)
    else if (part.constant === deciding) {
      if (!needed.some(({ fallible }) => fallible)) return constantTest(deciding === Result.yes)
      needed.push(part)
      break
    }
  }
  const [first] = needed
  if (first === undefined) return constantTest(deciding !== Result.yes)
  if (needed.length === 1) return first
  const level = Math.max(...needed.map((part) => part.level)) as Level
  const tests = needed.map((part) =>
    part.level < level ? oncePerGroup(frame, part.level, part.test) : part.test,
  )
  return { level, fallible: needed.some(({ fallible }) => fallible), test: joined(tests, deciding) }
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

export function compileNot({ constant, fallible, level, test }: CompiledTest): CompiledTest {
  if (constant !== undefined) return constantTest(constant !== Result.yes)
  const negated: Test = (record) => {
    const result = test(record)
    return result === Result.failed ? result : result === Result.yes ? Result.no : Result.yes
  }
  return { level, fallible, test: negated }
}
