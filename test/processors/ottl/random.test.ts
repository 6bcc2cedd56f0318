import fc from 'fast-check'
import { expect, it } from 'vitest'
import { evaluate } from './evaluate.ts'
import { type Condition, Failed, interpret, textOf, type World } from './reference.ts'
import { condition, recordOf, world } from './worlds.ts'

function expected(of: Condition, about: World): boolean | 'eval-error' {
  try {
    return interpret(of, about)
  } catch (error) {
    if (error instanceof Failed) return 'eval-error'
    throw error
  }
}

it('random conditions on random records say what a plain interpreter says', () => {
  const seen = { true: 0, false: 0, 'eval-error': 0 }
  fc.assert(
    fc.property(condition, world, (of, about) => {
      const said = evaluate(textOf(of), recordOf(about))
      const outcome = typeof said === 'string' ? said.split(':')[0] : said
      const wanted = expected(of, about)
      // A literal where no record can make the call succeed is refused when it is loaded.
      if (outcome === 'load-error') expect(said).toMatch(/must be string, not|always fails/)
      else expect(outcome).toBe(wanted)
      seen[`${wanted}`]++
    }),
    { numRuns: 4000 },
  )
  // The generator must reach all three, or it proves little.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(100)
})
