import { z } from 'zod'
import type { Signal } from '../../otlp/batch.ts'
import { ACTIONS_MAX, type Action, actionSchema, readAction } from '../attribute-actions/config.ts'
import { checkCondition } from '../attribute-actions/gate.ts'
import { block, configIssues, dryRun, listOf } from '../config-issues.ts'
import { type ConditionIssue, conditionMessage } from '../ottl/conditions.ts'
import type { Context } from '../ottl/contexts/context.ts'
import { dataPointContext } from '../ottl/contexts/data-point.ts'
import { logContext } from '../ottl/contexts/log.ts'
import { spanContext } from '../ottl/contexts/span.ts'
import type { Issue, Parsed } from '../processor.ts'
import { type Match, matchCondition, matchSchema, PROPERTY_NAMES } from './match.ts'

/** What the actions are for in one signal. */
export type Scope = {
  readonly signal: Signal
  readonly context: Context
  /** Conditions that must hold, all of them; and of the others one, if there are any. */
  readonly required: ReadonlyArray<string>
  readonly oneOf: ReadonlyArray<string>
}

export type AttributesConfig = {
  readonly dryRun: boolean
  readonly actions: ReadonlyArray<Action>
  readonly scopes: ReadonlyArray<Scope>
}

const CONDITIONS_MAX = 1000
const CONTEXTS: Readonly<Record<Signal, Context>> = {
  logs: logContext,
  traces: spanContext,
  metrics: dataPointContext,
}
const SIGNALS = ['logs', 'traces', 'metrics'] as const

const schema = block({
  actions: listOf(actionSchema, ACTIONS_MAX, 'actions'),
  include: matchSchema.optional(),
  exclude: matchSchema.optional(),
  conditions: listOf(z.string({ error: 'expected a condition' }), CONDITIONS_MAX, 'conditions').optional(),
  signals: listOf(z.enum(SIGNALS, { error: 'expected logs, traces or metrics' }), 3, 'signals').default([
    ...SIGNALS,
  ]),
  dryRun,
})

export function readConfig(
  value: unknown,
): Parsed<AttributesConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { actions: raws, conditions, dryRun, exclude, include, signals } = parsed.data
  const issues: Issue[] = [...matchIssues('include', include), ...matchIssues('exclude', exclude)]
  const actions = raws.flatMap((raw, i) => readAction(raw, ['actions', i], issues) ?? [])
  const runnable = (conditions ?? []).map((text, i) => signalsOf(text, signals, i, issues))
  if (issues.length > 0) return { issues }
  const scopes = signals.flatMap((signal): Scope[] => {
    const required = matchTexts(signal, include, exclude)
    const oneOf = (conditions ?? []).filter((_, i) => runnable[i]!.includes(signal))
    if (required === undefined || (conditions !== undefined && oneOf.length === 0)) return []
    return [{ signal, context: CONTEXTS[signal], required, oneOf }]
  })
  for (const { required, context, signal } of scopes)
    for (const text of required) {
      const issue = checkCondition(context, text)
      if (issue !== undefined)
        issues.push({
          path: [include === undefined ? 'exclude' : 'include'],
          message: `of ${signal}: ${issue.message}`,
        })
    }
  if (issues.length > 0) return { issues: issues.slice(0, 1) }
  const isIdle = actions.length === 0 || scopes.length === 0
  const warnings = isIdle
    ? [{ path: [], message: 'changes nothing: it has no actions, or is for no signal' }]
    : []
  return { config: { dryRun, actions, scopes }, warnings }
}

function matchIssues(key: string, match: Match | undefined): Issue[] {
  if (match === undefined) return []
  const used = Object.entries(match).filter(([name]) => PROPERTY_NAMES.includes(name))
  const empty = used.filter(([, items]) => Array.isArray(items) && items.length === 0)
  if (used.length === 0) return [{ path: [key], message: `needs one of ${PROPERTY_NAMES.join(', ')}` }]
  return empty.map(([name]) => ({ path: [key, name], message: 'is empty: it would match nothing' }))
}

/** Undefined: `include` speaks of another signal. An `exclude` that does excludes nothing. */
function matchTexts(
  signal: Signal,
  include: Match | undefined,
  exclude: Match | undefined,
): string[] | undefined {
  const included = include === undefined ? undefined : matchCondition(include, signal)
  if (include !== undefined && included === undefined) return undefined
  const excluded = exclude === undefined ? undefined : matchCondition(exclude, signal)
  return [
    ...(included === undefined ? [] : [included]),
    ...(excluded === undefined ? [] : [`not (${excluded})`]),
  ]
}

/** The signals that a condition can be asked of: `body` is of logs alone. What can be asked of none is wrong. */
function signalsOf(text: string, signals: ReadonlyArray<Signal>, i: number, issues: Issue[]): Signal[] {
  const failures: ConditionIssue[] = []
  const able = signals.filter((signal) => {
    const issue = checkCondition(CONTEXTS[signal], text)
    if (issue !== undefined) failures.push(issue)
    return issue === undefined
  })
  // The signal in which the parser got furthest is most likely the one that was meant.
  const [nearest] = failures.sort((a, b) => b.line - a.line || b.column - a.column)
  if (able.length === 0 && nearest !== undefined)
    issues.push({ path: ['conditions', i], message: conditionMessage(nearest) })
  return able
}
