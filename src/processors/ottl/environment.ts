import type { CompiledValue } from './compiled.ts'
import type { Context } from './contexts/context.ts'
import { Frame } from './frame.ts'
import type { FunctionSpec } from './functions/function.ts'
import type { Level } from './kinds.ts'
import { attributeFinder, type Find } from './lookup.ts'

/**
 * What conditions that are compiled together share: the frame they read, and the paths and attribute searches
 * that more than one of them uses.
 */
export class Environment {
  readonly context: Context
  readonly frame: Frame
  readonly functions: ReadonlyMap<string, FunctionSpec>
  readonly #finders: Map<string, Find>
  readonly #paths: Map<string, CompiledValue>

  constructor(context: Context, functions: ReadonlyMap<string, FunctionSpec>) {
    this.context = context
    this.frame = new Frame()
    this.functions = functions
    this.#finders = new Map()
    this.#paths = new Map()
  }

  /** The search for an attribute, made once per key. */
  finder(level: Level, key: string): Find {
    const name = `${level} ${key}`
    const known = this.#finders.get(name)
    if (known !== undefined) return known
    const made = attributeFinder(this.frame, level, Buffer.from(key))
    this.#finders.set(name, made)
    return made
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
