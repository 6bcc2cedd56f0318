/** What one spanset of TraceQL asks of a span. */
export type Expr =
  | { readonly kind: 'and' | 'or'; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'not'; readonly operand: Expr }
  | { readonly kind: 'constant'; readonly value: boolean }
  | Comparison

export type Op = '=' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~'

export type Comparison = {
  readonly kind: 'comparison'
  readonly field: Field
  readonly op: Op
  readonly value: Value
}

/** `any`: of the span, or where the span has none of the name, of its resource. */
export type Scope = 'span' | 'resource' | 'any'

export type Field =
  | { readonly kind: 'intrinsic'; readonly name: Intrinsic }
  | { readonly kind: 'attribute'; readonly scope: Scope; readonly name: string }

export type Intrinsic =
  | 'name'
  | 'status'
  | 'statusMessage'
  | 'kind'
  | 'duration'
  | 'traceDuration'
  | 'rootName'
  | 'rootServiceName'
  | 'traceId'
  | 'spanId'
  | 'nestedSetParent'

export type Value =
  | { readonly kind: 'string'; readonly text: string }
  /** As written; `value` may have lost digits of it. */
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  /** Nanoseconds. */
  | { readonly kind: 'duration'; readonly ns: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** Numbers of OTLP's enumerations. */
  | { readonly kind: 'status' | 'spanKind'; readonly number: number }
  | { readonly kind: 'nil' }
  /** Of no language: equal as text, whatever the type, on the span or on its resource. */
  | { readonly kind: 'anyText'; readonly text: string }

/** That an intrinsic is equal to a value of its kind. */
export function intrinsicIs(name: Intrinsic, value: Value): Comparison {
  return { kind: 'comparison', field: { kind: 'intrinsic', name }, op: '=', value }
}

/** That an attribute of the span or of its resource is equal as text. */
export function anyAttributeIs(name: string, text: string): Comparison {
  return {
    kind: 'comparison',
    field: { kind: 'attribute', scope: 'any', name },
    op: '=',
    value: { kind: 'anyText', text },
  }
}

/** Both, or the one that there is; of none, every span. */
export function allOf(exprs: ReadonlyArray<Expr>): Expr {
  const [first, ...rest] = exprs
  if (first === undefined) return { kind: 'constant', value: true }
  return rest.reduce<Expr>((left, right) => ({ kind: 'and', left, right }), first)
}

/** The attributes that an expression names, each once. */
export function attributesOf(expr: Expr): ReadonlyArray<Extract<Field, { kind: 'attribute' }>> {
  const found = new Map<string, Extract<Field, { kind: 'attribute' }>>()
  const visit = (one: Expr): void => {
    if (one.kind === 'and' || one.kind === 'or') {
      visit(one.left)
      visit(one.right)
    } else if (one.kind === 'not') visit(one.operand)
    else if (one.kind === 'comparison' && one.field.kind === 'attribute')
      found.set(`${one.field.scope}.${one.field.name}`, one.field)
  }
  visit(expr)
  return [...found.values()]
}
