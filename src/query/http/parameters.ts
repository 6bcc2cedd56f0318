import { z } from 'zod'
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
  const [name = '', index] = path.map(String)
  const value = index === undefined ? given[name] : given[name]?.[Number(index)]
  return `${typeof value === 'string' ? `${name}=${shown(value)}` : name} ${message}.`
}

/**
 * Validates a query string against a zod object, strictly: an unknown name, a name given twice and an empty
 * value are errors, since each would silently widen what is asked for. Names that are `repeatable` may be given
 * several times, and their schema is of an array. Throws {@link ApiError}.
 */
export function readParameters<Shape extends z.ZodObject>(
  schema: Shape,
  query: URLSearchParams,
  repeatable: ReadonlyArray<keyof z.output<Shape>> = [],
): z.output<Shape> {
  const known = Object.keys(schema.shape)
  const given: Record<string, string | string[]> = {}
  for (const [name, value] of query) {
    if (!known.includes(name)) throw unknownParameter(name, known)
    const before = Object.hasOwn(given, name) ? given[name] : undefined
    if (before !== undefined && !repeatable.includes(name))
      throw new ApiError('invalid_parameter', `${name} is given more than once: give it once.`)
    if (value === '')
      throw new ApiError('invalid_parameter', `${name} is empty: leave it out to ask for everything.`)
    if (!repeatable.includes(name)) given[name] = value
    else if (Array.isArray(before)) before.push(value)
    else given[name] = [value]
  }
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new ApiError('invalid_parameter', problemOf(parsed.error, given))
}

/** Of a field that may be given several times, all values count. */
function mayRepeat(field: unknown): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return mayRepeat(field.unwrap())
  return field instanceof z.ZodArray
}

/**
 * Validates parameters as Loki, Jaeger and Tempo read them: a name that the endpoint does not know is ignored, an empty value
 * counts as none, and of several the first counts, since Grafana sends more than an endpoint needs. Throws {@link ApiError}.
 */
export function readLenientParameters<Shape extends z.ZodObject>(
  schema: Shape,
  parameters: URLSearchParams,
): z.output<Shape> {
  const given: Record<string, string | string[]> = {}
  for (const [name, field] of Object.entries(schema.shape)) {
    const values = parameters.getAll(name).filter((value) => value !== '')
    if (values.length > 0) given[name] = mayRepeat(field) ? values : values[0]!
  }
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new ApiError('invalid_parameter', problemOf(parsed.error, given))
}
