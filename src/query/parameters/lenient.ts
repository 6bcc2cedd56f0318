import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { problemOf } from '../http/parameters.ts'

/** Of a field that may be given several times, all values count. */
function mayRepeat(field: unknown): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return mayRepeat(field.unwrap())
  return field instanceof z.ZodArray
}

/**
 * Validates parameters as the protocols of Grafana's sources have it: a name that the endpoint does not know is ignored, an empty value counts as
 * none, and of several the first counts, since Grafana sends more than an endpoint needs. Throws {@link ApiError}.
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
