import type { CompiledTest, CompiledValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import type { Kind } from '../kinds.ts'

export type Parameter = {
  /** As named arguments write it: snake_case. */
  readonly name: string
  /** The kinds it takes; undefined: any. Arguments of a kind that is known and not among them are refused at load. */
  readonly kinds?: ReadonlyArray<Kind>
  /** Only a literal will do, since it is worked on at load. */
  readonly literal?: true
  /** May be left out; all after it may, too. */
  readonly optional?: true
}

/** By parameter; undefined: left out. */
export type Arguments = ReadonlyArray<CompiledValue | undefined>

/** A function of the language: one row of the table in ./index.ts. */
export type FunctionSpec = {
  readonly name: string
  readonly parameters: ReadonlyArray<Parameter>
  /**
   * Makes the test or the value for arguments that are right in number and kind. May throw an Error that says
   * what is wrong with a literal argument.
   */
  readonly build: (
    frame: Frame,
    args: Arguments,
  ) => { readonly test: CompiledTest } | { readonly value: CompiledValue }
}
