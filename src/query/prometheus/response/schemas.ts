import { z } from 'zod'

/** The forms of Prometheus' answers, for the OpenAPI document and the tests that hold answers to it. */

const labels = z.record(z.string(), z.string())
const seconds = z.number().describe('Seconds since 1970')
const sample = z.tuple([seconds, z.string()])
const histogram = z.strictObject({
  count: z.string(),
  sum: z.string(),
  buckets: z
    .array(z.tuple([z.int().min(0).max(3), z.string(), z.string(), z.string()]))
    .optional()
    .describe('Which ends belong to the bucket (0 the upper, 1 the lower, 3 both), lower, upper, count'),
})
const histogramSample = z.tuple([seconds, histogram])

const vector = z.strictObject({
  resultType: z.literal('vector'),
  result: z.array(
    z.strictObject({ metric: labels, value: sample.optional(), histogram: histogramSample.optional() }),
  ),
})
const matrix = z.strictObject({
  resultType: z.literal('matrix'),
  result: z.array(
    z.strictObject({
      metric: labels,
      values: z.array(sample).optional(),
      histograms: z.array(histogramSample).optional(),
    }),
  ),
})
const scalar = z.strictObject({ resultType: z.literal('scalar'), result: sample })
const string = z.strictObject({ resultType: z.literal('string'), result: sample })

const success = <Data extends z.ZodType>(data: Data) =>
  z.strictObject({
    status: z.literal('success'),
    data,
    warnings: z.array(z.string()).optional(),
    infos: z.array(z.string()).optional(),
  })

export const queryAnswer = success(z.union([vector, matrix, scalar, string]))
export const queryRangeAnswer = success(matrix)
export const namesAnswer = success(z.array(z.string()))
export const seriesAnswer = success(z.array(labels))
export const textAnswer = success(z.string())
export const metadataAnswer = success(
  z.record(z.string(), z.array(z.strictObject({ type: z.string(), help: z.string(), unit: z.string() }))),
)
export const exemplarsAnswer = success(
  z.array(
    z.strictObject({
      seriesLabels: labels,
      exemplars: z.array(z.strictObject({ labels, value: z.string(), timestamp: z.number() })),
    }),
  ),
)
export const rulesAnswer = success(z.strictObject({ groups: z.array(z.never()) }))
export const alertsAnswer = success(z.strictObject({ alerts: z.array(z.never()) }))
export const buildInfoAnswer = success(
  z.strictObject({
    version: z.string(),
    revision: z.string(),
    branch: z.string(),
    buildUser: z.string(),
    buildDate: z.string(),
    goVersion: z.string(),
  }),
)
