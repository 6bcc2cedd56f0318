import { z } from 'zod'
import { parseDuration } from './ottl/functions/numbers-in-text.ts'
import { hint } from './ottl/hint.ts'
import type { Issue } from './processor.ts'

/**
 * What zod found wrong with a processor's block, as issues with paths. The messages are those that the schema gives its
 * fields (`z.string({ error: … })`); an unknown key names the nearest that may stand there.
 */
export function configIssues(schema: z.ZodType, error: z.ZodError): Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }]
    const known = keysAt(schema, path)
    return issue.keys.map((key) => ({ path: [...path, key], message: `unknown key${hint(key, known)}` }))
  })
}

function keysAt(schema: z.core.$ZodType, path: Issue['path']): ReadonlyArray<string> {
  let current: z.core.$ZodType | undefined = bare(schema)
  for (const key of path) {
    if (current instanceof z.ZodArray) current = bare(current.element)
    else if (current instanceof z.ZodObject) current = bare(current.shape[key])
    else return []
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : []
}

/** Without the wrappers of what may be absent. */
function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let current = schema
  while (current instanceof z.ZodOptional || current instanceof z.ZodDefault) current = current.unwrap()
  return current
}

/** A map with these keys and no others. */
export function block<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'expected a map'),
  })
}

/** `dryRun`, the same for every processor that has it. */
export const dryRun = z.boolean({ error: 'expected true or false' }).default(false)

/** A text of 1 to `max` characters. */
export function text(max: number, like: string): z.ZodString {
  const error = `expected a text of 1 to ${max} characters, such as ${like}`
  return z.string({ error }).min(1, { error }).max(max, { error })
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): z.ZodNumber {
  const error = `expected a whole number from ${min} to ${max}`
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error })
}

const NS_PER_MS = 1_000_000n

/** A duration as the collector writes it (`10s`, `1m30s`), read as milliseconds; bounds in milliseconds. */
export function duration(minMs: number, maxMs: number): z.ZodType<number> {
  const error = `expected a duration from ${minMs / 1000}s to ${maxMs / 1000}s, such as 10s or 1m30s`
  return z.string({ error }).transform((written, context) => {
    const ns = parseDuration(written)
    const ms = ns === undefined || ns % NS_PER_MS !== 0n ? Number.NaN : Number(ns / NS_PER_MS)
    if (ms >= minMs && ms <= maxMs) return ms
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })
}

/** A list of at most `max` items. */
export function listOf<Item extends z.core.$ZodType>(
  item: Item,
  max: number,
  what: string,
): z.ZodArray<Item> {
  const error = `expected a list of at most ${max} ${what}`
  return z.array(item, { error }).max(max, { error })
}
