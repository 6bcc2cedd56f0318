import type { z } from 'zod'
import { hint } from '../ottl/hint.ts'
import type { Issue } from '../processor.ts'

/** What zod found wrong, in Weir's words. `knownKeys`: what may stand at a path (without `prefix`), to name the nearest. */
export function schemaIssues(
  error: z.ZodError,
  prefix: Issue['path'],
  knownKeys: (path: Issue['path']) => ReadonlyArray<string>,
): Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    const within = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
    const path = [...prefix, ...within]
    if (issue.code !== 'unrecognized_keys') return [{ path, message: expectation(issue) }]
    const known = knownKeys(within)
    return issue.keys.map((key) => ({ path: [...path, key], message: `unknown key${hint(key, known)}` }))
  })
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.join(', ')}`
  if (issue.code !== 'invalid_type') return issue.message
  const names: Readonly<Record<string, string>> = {
    array: 'a list of conditions',
    boolean: 'true or false',
    object: 'a map',
    string: 'a text',
  }
  return `expected ${names[issue.expected] ?? issue.expected}`
}
