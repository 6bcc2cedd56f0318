import { z } from 'zod'
import { savingSchema } from '../cardinality/schemas.ts'

const count = z.int().nonnegative()
const unusedMetric = z.strictObject({
  metric: z.string(),
  type: z.string(),
  unit: z.string(),
  prometheus: z.string(),
  saves: savingSchema,
})
const unusedLabel = z.strictObject({
  metric: z.string(),
  label: z.string(),
  values: count,
  seriesLeft: count,
  saves: savingSchema,
})

/** The answer: docs/api.md says what it means. */
export const recommendationsSchema = z.strictObject({
  days: count,
  recordedSince: z.string().nullable(),
  usedByQueries: count,
  usedElsewhere: count,
  metrics: z.array(unusedMetric),
  examined: z.array(z.string()),
  labels: z.array(unusedLabel),
  processors: z.record(z.string(), z.unknown()),
})
