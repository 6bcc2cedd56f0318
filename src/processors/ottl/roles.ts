import type { Node } from './ast.ts'
import { ConditionError } from './condition-error.ts'

/** The grammar tells conditions from values by where they stand; the parser reads both alike and asks here. */
const BOOLEAN_KINDS: ReadonlySet<Node['kind']> = new Set(['or', 'and', 'not', 'comparison'])
const CONDITION_KINDS: ReadonlySet<Node['kind']> = new Set([...BOOLEAN_KINDS, 'bool', 'call'])

const WHAT: Readonly<Record<string, string>> = {
  path: 'a path',
  string: 'a string',
  int: 'a number',
  float: 'a number',
  nil: 'nil',
  bytes: 'a byte literal',
  enum: 'an enum',
  list: 'a list',
  map: 'a map',
  arithmetic: 'arithmetic',
  negation: 'arithmetic',
}

/** Throws {@link ConditionError} for a value that stands where a condition must. */
export function requireCondition(node: Node): Node {
  if (CONDITION_KINDS.has(node.kind)) return node
  throw new ConditionError(
    `${WHAT[node.kind]} is no condition by itself: compare it, as in x == "y" or x != nil`,
    node.offset,
  )
}

/** Throws {@link ConditionError} for a condition that stands where a value must. */
export function requireValue(node: Node): Node {
  if (!BOOLEAN_KINDS.has(node.kind)) return node
  throw new ConditionError(
    'expected a value, but this is a condition; conditions are joined with and, or',
    node.offset,
  )
}
