import type { CompiledValue } from './compiled.ts'
import type { ConditionError } from './condition-error.ts'
import type { Context } from './contexts/context.ts'
import { Frame } from './frame.ts'
import type { FunctionSpec } from './functions/function.ts'

function named(spec: FunctionSpec): [string, FunctionSpec] {
  return [spec.name, spec]
}

/**
 * What conditions that are compiled together share: the frame they read, and the paths and calls that
 * more than one of them uses.
 */
export class Environment {
  readonly context: Context
  readonly frame: Frame
  readonly functions: ReadonlyMap<string, FunctionSpec>
  /** Of the condition that is being compiled: the parts that always fail. */
  readonly faults: ConditionError[] = []
  readonly #values: Map<string, CompiledValue>

  /** `functions`: those that every context has. */
  constructor(context: Context, functions: ReadonlyMap<string, FunctionSpec>) {
    const { functions: own = [], unit } = context
    this.context = context
    this.frame = new Frame(unit)
    this.functions = own.length === 0 ? functions : new Map([...functions, ...own.map(named)])
    this.#values = new Map()
  }

  /** The value of a path or call, made once per way of writing it. */
  shared(printed: string, make: () => CompiledValue): CompiledValue {
    const known = this.#values.get(printed)
    if (known !== undefined) return known
    const made = make()
    this.#values.set(printed, made)
    return made
  }
}
