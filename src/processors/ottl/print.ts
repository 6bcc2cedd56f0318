import type { Key, Node } from './ast.ts'

/** A condition as text that parses to the same tree: for messages, and to tell equal paths. */
export function print(node: Node): string {
  switch (node.kind) {
    case 'or':
    case 'and':
      return node.items.map(operand).join(` ${node.kind} `)
    case 'not':
      return `not ${operand(node.operand)}`
    case 'comparison':
      return `${printValue(node.left)} ${node.operator} ${printValue(node.right)}`
    default:
      return printValue(node)
  }
}

/** Everything that is joined gets its parentheses: the tree, not the reader's memory of precedence, decides. */
function operand(node: Node): string {
  return node.kind === 'or' || node.kind === 'and' || node.kind === 'not' ? `(${print(node)})` : print(node)
}

function printValue(node: Node): string {
  switch (node.kind) {
    case 'arithmetic':
      return `${arithmeticOperand(node.left)} ${node.operator} ${arithmeticOperand(node.right)}`
    case 'negation':
      return `-${negatedOperand(node.operand)}`
    case 'path':
      return node.segments.map((segment) => segment.name + printKeys(segment.keys)).join('.')
    case 'call':
      return `${node.name}(${node.arguments.map(printArgument).join(', ')})${printKeys(node.keys)}`
    case 'string':
      return quote(node.value)
    case 'int':
    case 'bool':
      return String(node.value)
    case 'float':
      return printFloat(node.value)
    case 'bytes':
      return `0x${Buffer.from(node.value).toString('hex')}`
    case 'nil':
      return 'nil'
    case 'enum':
      return node.name
    case 'list':
      return `[${node.items.map(printValue).join(', ')}]`
    case 'map':
      return `{${node.entries.map(({ key, value }) => `${quote(key)}: ${printValue(value)}`).join(', ')}}`
    default:
      return `(${print(node)})`
  }
}

/** A number that is negated is not a negative number. */
function negatedOperand(node: Node): string {
  const { kind } = node
  const grouped = kind === 'int' || kind === 'float' || kind === 'negation' || kind === 'arithmetic'
  return grouped ? `(${printValue(node)})` : printValue(node)
}

function arithmeticOperand(node: Node): string {
  return node.kind === 'arithmetic' ? `(${printValue(node)})` : printValue(node)
}

function printArgument({ name, value }: { readonly name: string | undefined; readonly value: Node }): string {
  return name === undefined ? printValue(value) : `${name} = ${printValue(value)}`
}

function printKeys(keys: ReadonlyArray<Key>): string {
  return keys.map(({ value }) => `[${printValue(value)}]`).join('')
}

/** The grammar wants a dot in every float, and the exponent after it. */
function printFloat(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  if (text.includes('.')) return text
  return text.includes('e') ? text.replace('e', '.0e') : `${text}.0`
}

function quote(value: string): string {
  let out = '"'
  for (const character of value) {
    if (character === '"' || character === '\\') out += `\\${character}`
    else if (character < ' ' || character === '\x7f')
      out += `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
    else out += character
  }
  return `${out}"`
}
