import type { Key, Node, Path } from './ast.ts'

/** Every path in a condition, those in keys included, in the order they are written. */
export function pathsIn(node: Node): Path[] {
  switch (node.kind) {
    case 'or':
    case 'and':
    case 'list':
      return node.items.flatMap(pathsIn)
    case 'not':
    case 'negation':
      return pathsIn(node.operand)
    case 'comparison':
    case 'arithmetic':
      return [...pathsIn(node.left), ...pathsIn(node.right)]
    case 'path':
      return [node, ...node.segments.flatMap(({ keys }) => pathsInKeys(keys))]
    case 'call':
      return [...node.arguments.flatMap(({ value }) => pathsIn(value)), ...pathsInKeys(node.keys)]
    case 'map':
      return node.entries.flatMap(({ value }) => pathsIn(value))
    default:
      return []
  }
}

function pathsInKeys(keys: ReadonlyArray<Key>): Path[] {
  return keys.flatMap(({ value }) => pathsIn(value))
}
