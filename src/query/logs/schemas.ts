import { z } from 'zod'

/** The forms of the native API's answers, for the OpenAPI document and the tests that hold answers to it. */

const TYPES = ['empty', 'bool', 'int', 'double', 'array', 'kvlist', 'bytes'] as const
const time = z.iso.datetime().describe('RFC 3339, nine digits of a second, UTC')
const digits = z.string().regex(/^\d+$/)
const count = z.int().nonnegative()

const attributes = {
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  attributeTypes: z
    .record(z.string(), z.enum(TYPES))
    .optional()
    .describe('The type of every attribute that is not a string'),
}
const described = {
  ...attributes,
  schemaUrl: z.string().optional(),
  droppedAttributesCount: count.optional(),
}
const labels = z.record(z.string(), z.string())

export const recordSchema = z.strictObject({
  timestamp: time,
  timestampNs: digits.describe('Nanoseconds since 1970'),
  observedTimestamp: time.optional(),
  sourceTime: time,
  severityNumber: z.int(),
  severityText: z.string(),
  body: z.string(),
  bodyType: z.enum(TYPES).optional().describe('Absent for a string'),
  service: z.string(),
  app: z.string(),
  namespace: z.string().optional(),
  pod: z.string().optional(),
  container: z.string().optional(),
  eventName: z.string().optional(),
  traceId: z.string().optional(),
  spanId: z.string().optional(),
  flags: count.optional(),
  ...attributes,
  droppedAttributesCount: count.optional(),
  scope: z.strictObject({ name: z.string(), version: z.string(), ...described }).optional(),
  retentionDays: count,
  gatewayId: z.string(),
  seq: digits,
  labels: labels.optional().describe('Stream labels; of a LogQL query'),
  parsed: labels.optional().describe('Labels that stages of the LogQL query made'),
  resource: z.strictObject(described),
})

export const pageSchema = z.strictObject({
  records: z.array(recordSchema),
  nextCursor: z.string().nullable().describe('Null after the last record of the range'),
})

export const histogramSchema = z.strictObject({
  start: time,
  end: time,
  stepMs: z.number(),
  buckets: z
    .array(
      z.strictObject({
        start: time,
        total: count,
        levels: z.record(z.string(), count).describe('Records by level; those with none are unknown'),
      }),
    )
    .describe('Only those with records, in order'),
})

export const contextSchema = z.strictObject({
  before: z.array(recordSchema).describe('Oldest first'),
  record: recordSchema,
  after: z.array(recordSchema).describe('Oldest first'),
})
