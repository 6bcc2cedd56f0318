/**
 * A parsed condition (OTTL, LANGUAGE.md of the collector's pkg/ottl). `offset` is where the construct starts in
 * the text; of an operator, where the operator stands.
 */
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>='
export type ArithmeticOperator = '+' | '-' | '*' | '/'

export type Or = { readonly kind: 'or'; readonly items: ReadonlyArray<Node>; readonly offset: number }
export type And = { readonly kind: 'and'; readonly items: ReadonlyArray<Node>; readonly offset: number }
export type Not = { readonly kind: 'not'; readonly operand: Node; readonly offset: number }
export type Comparison = {
  readonly kind: 'comparison'
  readonly operator: ComparisonOperator
  readonly left: Node
  readonly right: Node
  readonly offset: number
}
export type Arithmetic = {
  readonly kind: 'arithmetic'
  readonly operator: ArithmeticOperator
  readonly left: Node
  readonly right: Node
  readonly offset: number
}
/** A sign before anything but a number: `-attributes["x"]`. `+` leaves no trace. */
export type Negation = { readonly kind: 'negation'; readonly operand: Node; readonly offset: number }
/** `["key"]`, `[0]`, or a path or call whose value is the key. */
export type Key = { readonly value: Node; readonly offset: number }
export type Segment = { readonly name: string; readonly keys: ReadonlyArray<Key>; readonly offset: number }
export type Path = {
  readonly kind: 'path'
  readonly segments: ReadonlyArray<Segment>
  readonly offset: number
}
export type Argument = { readonly name: string | undefined; readonly value: Node; readonly offset: number }
export type Call = {
  readonly kind: 'call'
  readonly name: string
  readonly arguments: ReadonlyArray<Argument>
  readonly keys: ReadonlyArray<Key>
  readonly offset: number
}
export type Literal =
  | { readonly kind: 'string'; readonly value: string; readonly offset: number }
  | { readonly kind: 'int'; readonly value: bigint; readonly offset: number }
  | { readonly kind: 'float'; readonly value: number; readonly offset: number }
  | { readonly kind: 'bool'; readonly value: boolean; readonly offset: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array; readonly offset: number }
  | { readonly kind: 'nil'; readonly offset: number }
export type Enum = { readonly kind: 'enum'; readonly name: string; readonly offset: number }
export type List = { readonly kind: 'list'; readonly items: ReadonlyArray<Node>; readonly offset: number }
export type MapEntry = { readonly key: string; readonly value: Node }
export type MapLiteral = {
  readonly kind: 'map'
  readonly entries: ReadonlyArray<MapEntry>
  readonly offset: number
}

export type Node =
  | Or
  | And
  | Not
  | Comparison
  | Arithmetic
  | Negation
  | Path
  | Call
  | Literal
  | Enum
  | List
  | MapLiteral
