import { z } from 'zod'

/** The forms of Jaeger's answers, for the OpenAPI document and the tests that hold answers to it. */

const error = z.strictObject({ code: z.int(), msg: z.string(), traceID: z.string().optional() })

const answerOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({
    data: z.array(item),
    total: z.int(),
    limit: z.literal(0),
    offset: z.literal(0),
    errors: z.array(error).nullable(),
  })

const tag = z.strictObject({
  key: z.string(),
  type: z.enum(['string', 'bool', 'int64', 'float64', 'binary']),
  value: z.union([z.string(), z.number(), z.boolean()]),
})
const micros = z.int().describe('Microseconds')
const warnings = z.array(z.string()).nullable()
const span = z.strictObject({
  traceID: z.string(),
  spanID: z.string(),
  flags: z.int(),
  operationName: z.string(),
  references: z.array(
    z.strictObject({
      refType: z.enum(['CHILD_OF', 'FOLLOWS_FROM']),
      traceID: z.string(),
      spanID: z.string(),
    }),
  ),
  startTime: micros,
  duration: micros,
  tags: z.array(tag),
  logs: z.array(z.strictObject({ timestamp: micros, fields: z.array(tag) })),
  processID: z.string(),
  warnings,
})

export const namesAnswer = answerOf(z.string())
export const operationsAnswer = answerOf(z.strictObject({ name: z.string(), spanKind: z.string() }))
export const dependenciesAnswer = answerOf(
  z.strictObject({ parent: z.string(), child: z.string(), callCount: z.int() }),
)
export const tracesAnswer = answerOf(
  z.strictObject({
    traceID: z.string(),
    spans: z.array(span),
    processes: z.record(z.string(), z.strictObject({ serviceName: z.string(), tags: z.array(tag) })),
    warnings,
  }),
)
