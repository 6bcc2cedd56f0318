import { z } from 'zod'
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

/** A list of at most `max` items. */
export function listOf<Item extends z.core.$ZodType>(
  item: Item,
  max: number,
  what: string,
): z.ZodArray<Item> {
  const error = `expected a list of at most ${max} ${what}`
  return z.array(item, { error }).max(max, { error })
}
