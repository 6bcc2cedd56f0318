import { affixFunctions } from './affix.ts'
import type { FunctionSpec } from './function.ts'
import { idFunctions } from './ids.ts'
import { kindFunctions } from './is-kind.ts'
import { isMatch } from './is-match.ts'
import { len } from './len.ts'

/** Every function a condition can call, whatever its context. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSpec> = new Map(
  [...affixFunctions, ...idFunctions, ...kindFunctions, isMatch, len].map((spec) => [spec.name, spec]),
)
