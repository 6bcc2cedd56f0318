import { affixFunctions } from './affix.ts'
import { collectionFunctions } from './collections.ts'
import { conversionFunctions } from './conversions.ts'
import { durationFunctions } from './durations.ts'
import { encodingFunctions } from './encodings.ts'
import { formatFunctions } from './format.ts'
import type { FunctionSpec } from './function.ts'
import { hashFunctions } from './hashes.ts'
import { idFunctions } from './ids.ts'
import { kindFunctions } from './is-kind.ts'
import { isMatch } from './is-match.ts'
import { len } from './len.ts'
import { networkFunctions } from './network.ts'
import { parserFunctions } from './parsers.ts'
import { severityFunctions } from './severity.ts'
import { stringFunctions } from './strings.ts'
import { timeFunctions } from './times.ts'

const ALL: ReadonlyArray<FunctionSpec> = [
  ...affixFunctions,
  ...collectionFunctions,
  ...conversionFunctions,
  ...durationFunctions,
  ...encodingFunctions,
  ...formatFunctions,
  ...hashFunctions,
  ...idFunctions,
  ...kindFunctions,
  ...networkFunctions,
  ...parserFunctions,
  ...severityFunctions,
  ...stringFunctions,
  ...timeFunctions,
  isMatch,
  len,
]

/** Every function a condition can call, whatever its context. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSpec> = new Map(ALL.map((spec) => [spec.name, spec]))
