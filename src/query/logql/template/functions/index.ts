import { BUILTINS } from './builtins.ts'
import { DATES } from './dates.ts'
import type { TemplateFunction } from './function.ts'
import { MATH } from './math.ts'
import { STRINGS } from './strings.ts'
import { TEXTS } from './texts.ts'

/** All functions by name. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map(
  [BUILTINS, STRINGS, MATH, DATES, TEXTS].flatMap((table) => Object.entries(table)),
)
