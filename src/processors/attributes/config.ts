import type { Signal } from '../../otlp/batch.ts'
import { ACTIONS_MAX, type Action, actionSchema, readAction } from '../attribute-actions/config.ts'
import { checkCondition } from '../attribute-actions/gate.ts'
import { block, configIssues, dryRun, listOf } from '../config-issues.ts'
import type { Context } from '../ottl/contexts/context.ts'
import type { Issue, Parsed } from '../processor.ts'
import { conditionList, SIGNAL_CONTEXTS, SIGNALS, signalList, signalsOf } from '../signal-conditions.ts'
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

const schema = block({
  actions: listOf(actionSchema, ACTIONS_MAX, 'actions'),
  include: matchSchema.optional(),
  exclude: matchSchema.optional(),
  conditions: conditionList.optional(),
  signals: signalList.default([...SIGNALS]),
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
  const runnable = (conditions ?? []).map((text, i) => signalsOf(text, signals, ['conditions', i], issues))
  if (issues.length > 0) return { issues }
  const scopes = signals.flatMap((signal): Scope[] => {
    const required = matchTexts(signal, include, exclude)
    const oneOf = (conditions ?? []).filter((_, i) => runnable[i]!.includes(signal))
    if (required === undefined || (conditions !== undefined && oneOf.length === 0)) return []
    return [{ signal, context: SIGNAL_CONTEXTS[signal], required, oneOf }]
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
