import type { CompiledValue } from './compiled.ts'
import type { Context } from './contexts/context.ts'
import { Frame } from './frame.ts'
import type { FunctionSpec } from './functions/function.ts'

/**
 * What conditions that are compiled together share: the frame they read, and the paths that more than
 * one of them uses.
 */
export class Environment {
  readonly context: Context
  readonly frame: Frame
  readonly functions: ReadonlyMap<string, FunctionSpec>
  readonly #paths: Map<string, CompiledValue>

  constructor(context: Context, functions: ReadonlyMap<string, FunctionSpec>) {
    this.context = context
    this.frame = new Frame()
    this.functions = functions
    this.#paths = new Map()
  }

  /** The value of a path, made once per way of writing it. */
  path(printed: string, make: () => CompiledValue): CompiledValue {
    const known = this.#paths.get(printed)
    if (known !== undefined) return known
    const made = make()
    this.#paths.set(printed, made)
    return made
  }
}
