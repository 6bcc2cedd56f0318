import type { z } from 'zod'
import { nearestName } from '../../config/nearest.ts'
import { ApiError } from '../errors.ts'

const SHOWN_LENGTH_MAX = 64

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text)
}

function unknownParameter(name: string, known: ReadonlyArray<string>): ApiError {
  const nearest = nearestName(name, known)
  const cure = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`
  return new ApiError('unknown_parameter', `There is no parameter ${shown(name)}: ${cure}`)
}

/** The first thing that is wrong, as a sentence: the parameter, its value, and the issue's message. */
export function problemOf(
  { issues }: z.ZodError,
  given: Readonly<Record<string, string | ReadonlyArray<string>>>,
): string {
  const { path, message } = issues[0]!
  const name = String(path[0] ?? '')
  const values = given[name]
  const value = typeof values === 'string' ? values : values?.[Number(path[1] ?? 0)]
  return `${value === undefined ? name : `${name}=${shown(value)}`} ${message}.`
}

/**
 * Validates a query string against a zod object, strictly: an unknown name, a name given twice and an empty
 * value are errors, since each would silently widen what is asked for. Throws {@link ApiError}.
 */
export function readParameters<Shape extends z.ZodObject>(
  schema: Shape,
  query: URLSearchParams,
): z.output<Shape> {
  const known = Object.keys(schema.shape)
  const given: Record<string, string> = {}
  for (const [name, value] of query) {
    if (!known.includes(name)) throw unknownParameter(name, known)
    if (Object.hasOwn(given, name))
      throw new ApiError('invalid_parameter', `${name} is given more than once: give it once.`)
    if (value === '')
      throw new ApiError('invalid_parameter', `${name} is empty: leave it out to ask for everything.`)
    given[name] = value
  }
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new ApiError('invalid_parameter', problemOf(parsed.error, given))
}
