/**
 * The tree of a PromQL query. Every node has its place in the text: UTF-16 offsets, `end` exclusive. Parentheses are nodes,
 * since format_query gives them back.
 */
export type Span = { readonly start: number; readonly end: number }

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | BinaryExpr
  | UnaryExpr
  | ParenExpr

/** `matrix` is a range vector. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string'

/** `duration`: it was written as one, `1h`; the value is seconds. */
export type NumberLiteral = Span & {
  readonly kind: 'number'
  readonly value: number
  readonly duration: boolean
}
export type StringLiteral = Span & { readonly kind: 'string'; readonly value: string }

export type MatchOp = '=' | '!=' | '=~' | '!~'
export type Matcher = Span & {
  readonly kind: 'matcher'
  readonly name: string
  readonly op: MatchOp
  readonly value: string
}

/** How values between and beside samples are taken: `anchored` and `smoothed`. */
export type Extension = 'anchored' | 'smoothed'

export type VectorSelector = Span & {
  readonly kind: 'selector'
  /** The name before the braces; undefined if it stands inside them, alone or as `__name__`, or nowhere. */
  readonly name: string | undefined
  /** Those of the braces, and the name's. */
  readonly matchers: ReadonlyArray<Matcher>
  readonly extension: Extension | undefined
  readonly modifiers: Modifiers
}
export type MatrixSelector = Span & {
  readonly kind: 'matrix'
  /** Its modifiers are the matrix selector's. */
  readonly selector: VectorSelector
  readonly range: Duration
}
export type Subquery = Span & {
  readonly kind: 'subquery'
  readonly operand: Expr
  readonly range: Duration
  /** Undefined: the default of the server. */
  readonly step: Duration | undefined
  readonly modifiers: Modifiers
}

/** `offset 5m` and `@ 1609746000`. */
export type Modifiers = {
  readonly offset: Duration | undefined
  readonly at: AtModifier | undefined
}
export type AtModifier =
  | (Span & { readonly kind: 'time'; readonly timeMs: number })
  | (Span & { readonly kind: 'start' | 'end' })

/** A duration, or arithmetic of them. Numbers are seconds. */
export type Duration =
  | (Span & { readonly kind: 'length'; readonly ms: number })
  | (Span & { readonly kind: 'step' | 'range' })
  | (Span & { readonly kind: 'least' | 'greatest'; readonly left: Duration; readonly right: Duration })
  | (Span & { readonly kind: 'sign'; readonly negative: boolean; readonly operand: Duration })
  | (Span & { readonly kind: 'group'; readonly operand: Duration })
  | (Span & {
      readonly kind: 'arithmetic'
      readonly op: DurationOp
      readonly left: Duration
      readonly right: Duration
    })
export type DurationOp = '+' | '-' | '*' | '/' | '%' | '^'

export type Call = Span & {
  readonly kind: 'call'
  /** A name of FUNCTIONS (functions.ts). */
  readonly func: string
  readonly args: ReadonlyArray<Expr>
}

export type AggregationOp =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'limitk'
  | 'limit_ratio'
  | 'quantile'
  | 'count_values'
export type Grouping = { readonly without: boolean; readonly labels: ReadonlyArray<string> }
export type Aggregation = Span & {
  readonly kind: 'aggregation'
  readonly op: AggregationOp
  readonly parameter: Expr | undefined
  readonly operand: Expr
  /** Undefined: one group of all. */
  readonly grouping: Grouping | undefined
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2'
export type CompareOp = '==' | '!=' | '>' | '>=' | '<' | '<='
/** Of a native histogram, what is below a value, and what is above. */
export type TrimOp = '</' | '>/'
export type SetOp = 'and' | 'or' | 'unless'
export type BinaryOp = ArithmeticOp | CompareOp | TrimOp | SetOp
export type BinaryExpr = Span & {
  readonly kind: 'binary'
  readonly op: BinaryOp
  /** Offset of the operator. */
  readonly operatorAt: number
  readonly left: Expr
  readonly right: Expr
  /** Comparisons give 0 and 1 instead of filtering. */
  readonly bool: boolean
  /** Undefined: all labels must be equal, and each element has one partner. */
  readonly matching: VectorMatching | undefined
}
export type VectorMatching = {
  readonly on: boolean
  readonly labels: ReadonlyArray<string>
  /** Which side may have many elements for one of the other. */
  readonly group: 'left' | 'right' | undefined
  /** Labels that are taken from the side of the one. */
  readonly include: ReadonlyArray<string>
  /** What stands for an element that has no partner. */
  readonly fillLeft: number | undefined
  readonly fillRight: number | undefined
}

export type UnaryExpr = Span & { readonly kind: 'unary'; readonly op: '+' | '-'; readonly operand: Expr }
export type ParenExpr = Span & { readonly kind: 'paren'; readonly operand: Expr }
