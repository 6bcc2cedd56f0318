import { z } from 'zod'
import { VALUE_KINDS } from './values/kinds.ts'

/** What the answers look like: docs/api.md says what it means. */

const count = z.int().nonnegative()
const hours = z.strictObject({ lastHour: count, hourBefore: count, dayBefore: count })
const activity = {
  active: count,
  new: count,
  series: hours,
  samples: hours,
  samplesPerDay: count,
  bytesPerDay: count,
}
export const savingSchema = z.strictObject({ series: count, samplesPerDay: count, bytesPerDay: count })
const kindShare = z.strictObject({
  kind: z.enum(VALUE_KINDS),
  share: z.number(),
  examples: z.array(z.string()),
})
const label = z.strictObject({
  label: z.string(),
  values: count,
  series: count,
  seriesLeft: count.optional(),
  kinds: z.array(kindShare).optional(),
})
const saves = { saves: savingSchema }
const fix = z.discriminatedUnion('fix', [
  z.strictObject({ fix: z.literal('drop'), ...saves }),
  z.strictObject({ fix: z.literal('remove'), label: z.string(), seriesLeft: count, ...saves }),
  z.strictObject({ fix: z.literal('limit'), limit: count, ...saves }),
])

/** Of a tenant. */
export const tenantReport = z.strictObject({
  active: count,
  metrics: z.array(z.strictObject({ metric: z.string(), ...activity })),
})
export type TenantReport = z.output<typeof tenantReport>

/** Of a metric. */
export const metricReport = z.strictObject({
  metric: z.string(),
  ...activity,
  stored: count,
  labels: z.array(label),
  fixes: z.array(fix),
})
export type MetricReport = z.output<typeof metricReport>
