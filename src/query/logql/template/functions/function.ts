import type { TemplateValue } from '../value.ts'

/** What an argument must be. `int` takes whole numbers, `any` everything. */
export type ParameterKind = 'string' | 'int' | 'any'

export type TemplateContext = {
  readonly line: string
  readonly timeNs: bigint
}

export type TemplateFunction = {
  readonly parameters: ReadonlyArray<ParameterKind>
  /** Any number of more arguments. */
  readonly rest?: ParameterKind
  /** At least so many of the parameters must be given; all, if it is not said. */
  readonly required?: number
  /** Arguments are checked before; throws TemplateError where they make no sense together. */
  readonly call: (args: ReadonlyArray<TemplateValue>, context: TemplateContext) => TemplateValue
}

export type FunctionTable = Readonly<Record<string, TemplateFunction>>

/** A function of texts. */
export function ofStrings(count: number, call: (...texts: string[]) => TemplateValue): TemplateFunction {
  return {
    parameters: Array.from({ length: count }, () => 'string' as const),
    call: (args) => call(...(args as string[])),
  }
}
