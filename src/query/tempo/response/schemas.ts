import { z } from 'zod'

/**
 * The forms of Tempo's answers, for the OpenAPI document and the tests that hold answers to it. Grafana reads them strictly:
 * a field that Tempo does not have fails the request.
 */

const uint64 = z.string().regex(/^\d+$/)
const keyValue = z.strictObject({ key: z.string(), value: z.looseObject({}) })
const spanSet = z.strictObject({
  spans: z.array(
    z.strictObject({
      spanID: z.string(),
      name: z.string().optional(),
      startTimeUnixNano: uint64,
      durationNanos: uint64,
      attributes: z.array(keyValue).optional(),
    }),
  ),
  matched: z.int(),
})

export const searchAnswer = z.strictObject({
  traces: z.array(
    z.strictObject({
      traceID: z.string(),
      rootServiceName: z.string(),
      rootTraceName: z.string().optional(),
      startTimeUnixNano: uint64,
      durationMs: z.int(),
      spanSet,
      spanSets: z.array(spanSet),
    }),
  ),
  metrics: z.strictObject({}),
})
export const tagsAnswer = z.strictObject({
  scopes: z.array(z.strictObject({ name: z.string(), tags: z.array(z.string()) })),
  metrics: z.strictObject({}),
})
export const tagsV1Answer = z.strictObject({ tagNames: z.array(z.string()), metrics: z.strictObject({}) })
export const VALUE_TYPES = ['string', 'int', 'float', 'bool', 'keyword'] as const
export const valuesAnswer = z.strictObject({
  tagValues: z.array(z.strictObject({ type: z.enum(VALUE_TYPES), value: z.string() })),
  metrics: z.strictObject({}),
})
export const valuesV1Answer = z.strictObject({ tagValues: z.array(z.string()), metrics: z.strictObject({}) })
