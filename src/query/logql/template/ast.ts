import type { TemplateValue } from './value.ts'

/** The tree of a template: what of Go's text/template can stand in a query. Named templates can't. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | {
      readonly kind: 'if' | 'with' | 'range'
      readonly pipe: Pipe
      readonly body: ReadonlyArray<TemplateNode>
      readonly otherwise: ReadonlyArray<TemplateNode>
    }
  | { readonly kind: 'break' | 'continue' }

/** `$a, $b := command | command` */
export type Pipe = {
  readonly variables: ReadonlyArray<string>
  /** `=` instead of `:=`. */
  readonly assigns: boolean
  readonly commands: ReadonlyArray<Command>
}

/** A value, or a function with its arguments. */
export type Command = {
  readonly operands: ReadonlyArray<Operand>
  /** For messages: where it stands in the template, from 1, and its text. */
  readonly column: number
  readonly source: string
}

export type Operand = { readonly path: ReadonlyArray<string> } & (
  | { readonly kind: 'literal'; readonly value: TemplateValue }
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
)
