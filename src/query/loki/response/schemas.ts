import { z } from 'zod'

/** The forms of Loki's answers, for the OpenAPI document and the tests that hold answers to it. */

const labels = z.record(z.string(), z.string())
const nanoseconds = z.string().regex(/^\d+$/).describe('Nanoseconds since 1970')
const sample = z.tuple([z.number().describe('Seconds since 1970'), z.string()])

const origins = z.strictObject({ structuredMetadata: labels.optional(), parsed: labels.optional() })
const streams = z.strictObject({
  resultType: z.literal('streams'),
  encodingFlags: z.tuple([z.literal('categorize-labels')]).optional(),
  result: z.array(
    z.strictObject({
      stream: labels,
      values: z.array(
        z.union([z.tuple([nanoseconds, z.string()]), z.tuple([nanoseconds, z.string(), origins])]),
      ),
    }),
  ),
  stats: z.looseObject({}),
})
const vector = z.strictObject({
  resultType: z.literal('vector'),
  result: z.array(z.strictObject({ metric: labels, value: sample })),
  stats: z.looseObject({}),
})
const matrix = z.strictObject({
  resultType: z.literal('matrix'),
  result: z.array(z.strictObject({ metric: labels, values: z.array(sample) })),
  stats: z.looseObject({}),
})
const scalar = z.strictObject({ resultType: z.literal('scalar'), result: sample, stats: z.looseObject({}) })

const success = <Data extends z.ZodType>(data: Data) => z.strictObject({ status: z.literal('success'), data })

export const queryAnswer = success(z.union([vector, scalar]))
export const queryRangeAnswer = success(z.union([streams, matrix]))
export const vectorAnswer = success(vector)
export const matrixAnswer = success(matrix)
export const namesAnswer = success(z.array(z.string()))
export const seriesAnswer = success(z.array(labels))
export const textAnswer = success(z.string())
export const patternsAnswer = success(z.array(z.never()))

const count = z.int().nonnegative()
export const indexStatsAnswer = z.strictObject({
  streams: count,
  chunks: count,
  bytes: count,
  entries: count,
})
export const detectedLabelsAnswer = z.strictObject({
  detectedLabels: z.array(z.strictObject({ label: z.string(), cardinality: count })),
})
export const FIELD_TYPES = ['string', 'int', 'float', 'boolean', 'duration', 'bytes'] as const
export const detectedFieldsAnswer = z.strictObject({
  fields: z.array(
    z.strictObject({
      label: z.string(),
      type: z.enum(FIELD_TYPES),
      cardinality: count,
      parsers: z.array(z.enum(['json', 'logfmt'])).nullable(),
      jsonPath: z.array(z.string()).optional(),
    }),
  ),
  limit: count,
})
export const detectedValuesAnswer = z.strictObject({ values: z.array(z.string()), limit: count })
export const drilldownLimitsAnswer = z.strictObject({
  limits: z.looseObject({}),
  pattern_ingester_enabled: z.boolean(),
  version: z.string(),
})
