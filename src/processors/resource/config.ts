import { z } from 'zod'
import { ACTIONS_MAX, type Action, actionSchema, readAction } from '../attribute-actions/config.ts'
import { checkCondition } from '../attribute-actions/gate.ts'
import { block, configIssues, dryRun, listOf } from '../config-issues.ts'
import { conditionMessage } from '../ottl/conditions.ts'
import { resourceContext } from '../ottl/contexts/resource.ts'
import type { Issue, Parsed } from '../processor.ts'

export type ResourceConfig = {
  readonly dryRun: boolean
  readonly actions: ReadonlyArray<Action>
  /** OTTL conditions in the context of the resource; one of them must hold, if there are any. */
  readonly conditions: ReadonlyArray<string>
}

const CONDITIONS_MAX = 1000
const schema = block({
  attributes: listOf(actionSchema, ACTIONS_MAX, 'actions'),
  conditions: listOf(z.string({ error: 'expected a condition' }), CONDITIONS_MAX, 'conditions').default([]),
  dryRun,
})

export function readConfig(
  value: unknown,
): Parsed<ResourceConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { attributes, conditions, dryRun } = parsed.data
  const issues: Issue[] = []
  const actions = attributes.flatMap((raw, i) => readAction(raw, ['attributes', i], issues) ?? [])
  for (const [i, text] of conditions.entries()) {
    const issue = checkCondition(resourceContext, text)
    if (issue !== undefined) issues.push({ path: ['conditions', i], message: conditionMessage(issue) })
  }
  if (issues.length > 0) return { issues }
  const warnings = actions.length === 0 ? [{ path: [], message: 'has no actions: it changes nothing' }] : []
  return { config: { dryRun, actions, conditions }, warnings }
}
