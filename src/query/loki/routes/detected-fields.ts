import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import type { Route, TenantsRequest } from '../../route.ts'
import { FieldSample } from '../detected/field-sample.ts'
import { countField, durationField, isLabelName, logqlField, timeField } from '../parameters/fields.ts'
import { readLogQuery } from '../parameters/query.ts'
import { readLokiParameters } from '../parameters/read.ts'
import { HOUR_NS, windowOf } from '../parameters/window.ts'
import { bareResponse } from '../response/envelope.ts'
import { detectedFieldsAnswer, detectedValuesAnswer } from '../response/schemas.ts'
import { type LokiParts, lokiRoute, runOf } from './route.ts'

/** Of fields, and of the values of one. */
const LIMIT = { max: 10_000, otherwise: 1000 }
const LINES_DEFAULT = 100
const LINES_MAX = 5000

const parameters = z.object({
  query: logqlField(),
  start: timeField('First moment; default: an hour before the end'),
  end: timeField('End, not included; default: now'),
  since: durationField('Length of the range, where start is not given'),
  line_limit: countField('Lines that are looked at, the newest', {
    max: LINES_MAX,
    otherwise: LINES_DEFAULT,
  }),
  limit: countField('Fields, or values, of the answer', LIMIT),
})
type Given = z.output<typeof parameters>

async function sampleOf({ executor, nowMs }: LokiParts, given: Given, request: TenantsRequest) {
  const sample = new FieldSample(LIMIT.max)
  const query = {
    tenantIds: request.tenantIds,
    expr: readLogQuery(given.query, 'This endpoint'),
    ...windowOf(given, nowMs(), HOUR_NS),
    direction: 'backward' as const,
    limit: given.line_limit,
  }
  for await (const entries of executor.runLogs(query, runOf(request)))
    for (const entry of entries) sample.add(entry)
  return sample.fields()
}

/** `/loki/api/v1/detected_fields`: fields of the newest lines of a query. */
export function detectedFieldsRoute(parts: LokiParts): Route {
  const doc = { summary: 'Fields of log lines, found in a sample', parameters, answer: detectedFieldsAnswer }
  return lokiRoute('/detected_fields', doc, async (request) => {
    const given = readLokiParameters(parameters, await request.form())
    const fields = (await sampleOf(parts, given, request)).slice(0, given.limit)
    return bareResponse({
      fields: fields.map(({ name, type, values, parsers, jsonPath }) => ({
        label: name,
        type,
        cardinality: values.size,
        parsers: parsers.length === 0 ? null : parsers,
        ...(jsonPath === undefined ? {} : { jsonPath }),
      })),
      limit: given.limit,
    })
  })
}

/** `/loki/api/v1/detected_field/{name}/values`: the values of one of them. */
export function detectedFieldValuesRoute(parts: LokiParts): Route {
  const doc = {
    summary: 'Values of a field of log lines, found in a sample',
    parameters,
    segments: { name: 'The field' },
    answer: detectedValuesAnswer,
  }
  return lokiRoute('/detected_field/{name}/values', doc, async (request) => {
    const name = request.path.name!
    if (!isLabelName(name))
      throw new ApiError('invalid_parameter', 'the path names no field: fields have letters, digits and _.')
    const given = readLokiParameters(parameters, await request.form())
    const field = (await sampleOf(parts, given, request)).find((one) => one.name === name)
    return bareResponse({
      values: [...(field?.values ?? [])].sort().slice(0, given.limit),
      limit: given.limit,
    })
  })
}
