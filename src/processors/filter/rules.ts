import type { Test } from '../ottl/compiled.ts'
import { Conditions, type Constancy, conditionMessage } from '../ottl/conditions.ts'
import type { Issue } from '../processor.ts'
import type { Rule } from './config.ts'

/** A rule ready to run, and the conditions it was compiled with. */
export type CompiledRule = Rule & {
  readonly conditions: Conditions
  readonly test: Test
  readonly constancy: Constancy
}

export type CompiledRules = {
  readonly rules: ReadonlyArray<CompiledRule>
  readonly warnings: ReadonlyArray<Issue>
}

/** Compiles the conditions of each context together, so that they share what they look up. */
export function compileRules(
  rules: ReadonlyArray<Rule>,
): CompiledRules | { readonly issues: ReadonlyArray<Issue> } {
  const compiled: CompiledRule[] = []
  const issues: Issue[] = []
  for (const context of new Set(rules.map((rule) => rule.context))) {
    const own = rules.filter((rule) => rule.context === context)
    const result = Conditions.compile(
      context,
      own.map(({ text }) => text),
    )
    if ('issues' in result)
      issues.push(
        ...result.issues.map((issue) => ({ path: own[issue.index]!.path, message: conditionMessage(issue) })),
      )
    else compiled.push(...own.map((rule, i) => ready(rule, result.conditions, i)))
  }
  return issues.length > 0 ? { issues } : { rules: compiled, warnings: compiled.flatMap(warningOf) }
}

function ready(rule: Rule, conditions: Conditions, i: number): CompiledRule {
  return { ...rule, conditions, test: conditions.tests[i]!, constancy: conditions.constancies[i]! }
}

function warningOf({ constancy, path }: CompiledRule): Issue[] {
  if (constancy === 'always') return [{ path, message: 'is true for every record: it drops all logs' }]
  if (constancy === 'never') return [{ path, message: 'is never true: it drops nothing' }]
  return []
}
