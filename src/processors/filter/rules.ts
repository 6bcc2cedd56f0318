import type { Test } from '../ottl/compiled.ts'
import { type ConditionIssue, Conditions, type Constancy, conditionMessage } from '../ottl/conditions.ts'
import { foregone, matchesEveryBody } from '../ottl/foregone.ts'
import { Level } from '../ottl/kinds.ts'
import { parseCondition } from '../ottl/parser.ts'
import type { Issue } from '../processor.ts'
import type { Rule } from './config.ts'

/** A rule ready to run, and the conditions it was compiled with. */
export type CompiledRule = Rule & {
  readonly conditions: Conditions
  readonly test: Test
  readonly constancy: Constancy
  /** Parts of it that always fail. */
  readonly faults: ReadonlyArray<ConditionIssue>
}

export type CompiledRules = {
  /** In the order of the rules they are made from. */
  readonly rules: ReadonlyArray<CompiledRule>
  readonly warnings: ReadonlyArray<Issue>
}

/** Compiles the conditions of each signal and context together, so that they share what they look up. */
export function compileRules(
  rules: ReadonlyArray<Rule>,
): CompiledRules | { readonly issues: ReadonlyArray<Issue> } {
  const compiled = new Map<Rule, CompiledRule>()
  const issues: Issue[] = []
  for (const own of together(rules)) {
    const result = Conditions.compile(
      own[0]!.context,
      own.map(({ text }) => text),
    )
    if ('issues' in result)
      issues.push(
        ...result.issues.map((issue) => ({ path: own[issue.index]!.path, message: conditionMessage(issue) })),
      )
    else for (const [i, rule] of own.entries()) compiled.set(rule, ready(rule, result.conditions, i))
  }
  if (issues.length > 0) return { issues }
  const ordered = rules.map((rule) => compiled.get(rule)!)
  return {
    rules: ordered,
    warnings: [
      ...ordered.flatMap(warningOf),
      ...ordered.flatMap(faultWarnings),
      ...together(ordered).flatMap(togetherWarning),
    ],
  }
}

function together<Any extends Rule>(rules: ReadonlyArray<Any>): ReadonlyArray<ReadonlyArray<Any>> {
  const groups = new Map<string, Any[]>()
  for (const rule of rules) {
    const key = `${rule.signal} ${rule.context.prefix}`
    groups.set(key, [...(groups.get(key) ?? []), rule])
  }
  return [...groups.values()]
}

function ready(rule: Rule, conditions: Conditions, i: number): CompiledRule {
  const { constancies, faults, tests } = conditions
  return { ...rule, conditions, test: tests[i]!, constancy: constancies[i]!, faults: faults[i]! }
}

const WHOLES: Readonly<Record<Rule['signal'], string>> = {
  logs: 'logs',
  traces: 'spans',
  metrics: 'data points',
}

function warningOf(rule: CompiledRule): Issue[] {
  const { path } = rule
  const certainty = certaintyOf(rule)
  if (certainty === 'never') return [{ path, message: 'is never true: it drops nothing' }]
  if (certainty === 'varies')
    return matchesEveryBody(rule.context, parseCondition(rule.text))
      ? [{ path, message: 'is true for every record with a body: it drops nearly all logs' }]
      : []
  const { one, all } = unitOf(rule)
  return [{ path, message: `is true for every ${one}: it drops all ${all}` }]
}

function faultWarnings({ faults, path }: CompiledRule): Issue[] {
  return faults.map((fault) => ({ path, message: `a part of it always fails: ${conditionMessage(fault)}` }))
}

function certaintyOf({ constancy, context, text }: CompiledRule): Constancy {
  return constancy === 'varies' ? foregone(context, [parseCondition(text)]) : constancy
}

/** Rules of one context none of which drops everything, but that do so together. */
function togetherWarning(rules: ReadonlyArray<CompiledRule>): Issue[] {
  const [first] = rules
  if (first === undefined || rules.length < 2 || rules.some((rule) => certaintyOf(rule) === 'always'))
    return []
  // What stops at a rule that fails asks none after it.
  if (rules.some(({ errorMode }) => errorMode === 'propagate')) return []
  const nodes = rules.map(({ text }) => parseCondition(text))
  if (foregone(first.context, nodes) !== 'always') return []
  const { one, all } = unitOf(first)
  return [{ path: [], message: `one of its conditions is true for every ${one}: it drops all ${all}` }]
}

function unitOf({ context, signal }: CompiledRule): { readonly one: string; readonly all: string } {
  return context.unit === Level.event
    ? { one: 'event', all: 'span events' }
    : { one: 'record', all: WHOLES[signal] }
}
