import { z } from 'zod'
import { ApiError, ERROR_STATUS } from '../errors.ts'
import type { ErrorForm } from '../http/error-form.ts'
import { FORM_TYPE } from '../http/form.ts'
import type { Route } from '../route.ts'

/** What a request's checks expect, and what answers look like: the same zod schemas, as JSON Schema. */
type JsonSchema = Readonly<Record<string, unknown>>

function inputOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}

function outputOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'output' })
  return rest
}

const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(Object.keys(ERROR_STATUS) as [string, ...string[]]),
    message: z.string(),
    requestId: z.string(),
  }),
})

function parametersOf({ doc }: Route) {
  const inPath = Object.entries(doc?.segments ?? {}).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(doc?.parameters?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = inputOf(field as z.ZodType)
    return { name, in: 'query', required: isRequired(field as z.ZodType), description, schema }
  })
  return [...inPath, ...inQuery]
}

function isRequired(field: z.ZodType): boolean {
  return !field.safeParse(undefined).success
}

/** Of a POST, the parameters may stand in its body. */
function bodyOf({ doc }: Route) {
  if (doc?.parameters === undefined) return {}
  return { requestBody: { content: { [FORM_TYPE]: { schema: inputOf(doc.parameters) } } } }
}

function answersOf({ doc, errorForm }: Route) {
  const answer = doc?.answer
  const content =
    answer instanceof z.ZodType
      ? { 'application/json': { schema: outputOf(answer) } }
      : { [answer?.contentType ?? 'application/json']: {} }
  const also = (doc?.alsoAs ?? []).map((type) => [type, {}])
  const error =
    errorForm === undefined
      ? { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
      : errorOf(errorForm)
  return {
    200: { description: 'The answer', content: { ...content, ...Object.fromEntries(also) } },
    default: { description: 'An error', content: error },
  }
}

/** A protocol's own form of errors, by the type that it writes. */
function errorOf(form: ErrorForm) {
  const { contentType } = form(new ApiError('internal', ''), '')
  const [type = ''] = contentType.split(';')
  return { [type]: type === 'text/plain' ? { schema: { type: 'string' } } : {} }
}

function operationOf(route: Route, method: string) {
  return {
    summary: route.doc?.summary,
    // Who gets in without a credential is said by an empty list.
    ...(route.access === 'open' ? { security: [] } : {}),
    parameters: parametersOf(route),
    ...(method === 'POST' ? bodyOf(route) : {}),
    responses: answersOf(route),
  }
}

/** The OpenAPI 3.1 document of these endpoints. `tenantHeader` names the tenants of a request. */
export function openApiDocument(routes: ReadonlyArray<Route>, version: string, tenantHeader: string) {
  const paths = routes.map((route) => [
    route.path,
    Object.fromEntries(route.methods.map((method) => [method.toLowerCase(), operationOf(route, method)])),
  ])
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weir',
      version,
      description: `Stored telemetry, by tenant (header ${tenantHeader}). docs/api.md says more.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ bearer: [] }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Error: outputOf(errorSchema) },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  }
}
