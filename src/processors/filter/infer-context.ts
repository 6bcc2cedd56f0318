import { positionOf } from '../../config/position.ts'
import { ConditionError } from '../ottl/condition-error.ts'
import { conditionMessage } from '../ottl/conditions.ts'
import type { Context } from '../ottl/contexts/context.ts'
import { parseCondition } from '../ottl/parser.ts'
import { pathsIn } from '../ottl/paths.ts'
import type { SignalBlock } from './signals.ts'

/**
 * The context of a condition that does not name one, by the prefixes of its paths, as the collector infers it. Paths
 * without a prefix say nothing where there are two: `name` may be the span's or its event's, and a guess could drop a
 * span for its event.
 */
export function inferContext(
  text: string,
  { whole, part }: SignalBlock,
): { readonly context: Context } | { readonly problem: string } {
  if (part === undefined) return { context: whole }
  let context = whole
  for (const { segments, offset } of pathsOf(text)) {
    const root = segments[0]!.name
    if (root === part.prefix) context = part
    const dotted = segments.map(({ name }) => name).join('.')
    const owners = [whole, part].filter(({ own }) => own.has(dotted))
    if (owners.length === 0) continue
    const meant = owners.map(({ prefix }) => `${prefix}.${dotted}`).join(' or ')
    const message = `say whose ${dotted} it is: ${meant}, or give the group a context`
    return { problem: conditionMessage({ ...positionOf(text, offset), message }) }
  }
  return { context }
}

/** What can't be parsed has no paths: compiling it says what is wrong. */
function pathsOf(text: string): ReturnType<typeof pathsIn> {
  try {
    return pathsIn(parseCondition(text))
  } catch (error) {
    if (error instanceof ConditionError) return []
    throw error
  }
}
