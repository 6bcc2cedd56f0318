import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import { labelsJson } from '../../labels-json.ts'
import type { Route, TenantsRequest } from '../../route.ts'
import type { LokiExecutor, Stream } from '../execute/types.ts'
import { durationField, isLabelName, selectorField, timeField } from '../parameters/fields.ts'
import { readSelector } from '../parameters/query.ts'
import { readLokiParameters } from '../parameters/read.ts'
import { type GivenWindow, HOUR_NS, windowOf } from '../parameters/window.ts'
import { bareResponse, dataResponse } from '../response/envelope.ts'
import { detectedLabelsAnswer, namesAnswer, seriesAnswer } from '../response/schemas.ts'
import { type LokiParts, lokiRoute, runOf } from './route.ts'

/** Labels are asked for over a longer time than lines, as in Loki. */
const LABELS_RANGE_NS = 6n * HOUR_NS

const range = (otherwise: string) => ({
  start: timeField(`First moment; default: ${otherwise} before the end, or \`since\` before it`),
  end: timeField('End; default: now'),
  since: durationField('Length of the range, where start is not given'),
})
const scoped = (otherwise: string) => z.object({ query: selectorField().optional(), ...range(otherwise) })

type Given = GivenWindow & { readonly query?: string | undefined }
type Scope = { readonly executor: LokiExecutor; readonly nowMs: () => number; readonly otherwiseNs: bigint }

/** The streams that the selector of a request means; resources are stored by day, so they are those of the range's days. */
function streamsOf(
  { executor, nowMs, otherwiseNs }: Scope,
  given: Given,
  request: TenantsRequest,
): Promise<ReadonlyArray<Stream>> {
  const matchers = given.query === undefined ? [] : readSelector(given.query).matchers
  const window = windowOf(given, nowMs(), otherwiseNs)
  return executor.streams({ tenantIds: request.tenantIds, matchers, ...window }, runOf(request))
}

export function labelsRoute({ executor, nowMs }: LokiParts): Route {
  const parameters = scoped('six hours')
  const doc = { summary: 'Names of stream labels', parameters, answer: namesAnswer }
  const scope = { executor, nowMs, otherwiseNs: LABELS_RANGE_NS }
  return lokiRoute('/labels', doc, async (request) => {
    const given = readLokiParameters(parameters, await request.form())
    const names = new Set<string>()
    for (const { labels } of await streamsOf(scope, given, request))
      for (const name of labels.keys()) names.add(name)
    return dataResponse([...names].sort())
  })
}

export function labelValuesRoute({ executor, nowMs }: LokiParts): Route {
  const parameters = scoped('six hours')
  const doc = {
    summary: 'Values of a stream label',
    parameters,
    segments: { name: 'The label' },
    answer: namesAnswer,
  }
  const scope = { executor, nowMs, otherwiseNs: LABELS_RANGE_NS }
  return lokiRoute('/label/{name}/values', doc, async (request) => {
    const name = request.path.name!
    if (!isLabelName(name))
      throw new ApiError('invalid_parameter', 'the path names no label: labels have letters, digits and _.')
    const given = readLokiParameters(parameters, await request.form())
    const values = new Set<string>()
    for (const { labels } of await streamsOf(scope, given, request)) {
      const value = labels.get(name)
      if (value !== undefined) values.add(value)
    }
    return dataResponse([...values].sort())
  })
}

const SELECTORS_MAX = 50

export function seriesRoute({ executor, nowMs }: LokiParts): Route {
  const selectors = () =>
    z.array(selectorField()).max(SELECTORS_MAX, `is given more than ${SELECTORS_MAX} times`)
  const parameters = z.object({
    'match[]': selectors().default([]),
    match: selectors().default([]).describe('As match[]'),
    ...range('an hour'),
  })
  const doc = { summary: 'Sets of stream labels', parameters, answer: seriesAnswer }
  return lokiRoute('/series', doc, async (request) => {
    const given = readLokiParameters(parameters, await request.form())
    const all = [...given['match[]'], ...given.match]
    const queries = all.length === 0 ? [undefined] : all
    const series = new Map<string, Stream['labels']>()
    for (const query of queries) {
      const scope = { executor, nowMs, otherwiseNs: HOUR_NS }
      for (const { labels } of await streamsOf(scope, { ...given, query }, request))
        series.set(labelsJson(labels), labels)
    }
    return dataResponse([...series.keys()].sort().map((key) => Object.fromEntries(series.get(key)!)))
  })
}

export function detectedLabelsRoute({ executor, nowMs }: LokiParts): Route {
  const parameters = scoped('an hour')
  const doc = {
    summary: 'Stream labels and how many values each has',
    parameters,
    answer: detectedLabelsAnswer,
  }
  const scope = { executor, nowMs, otherwiseNs: HOUR_NS }
  return lokiRoute('/detected_labels', doc, async (request) => {
    const given = readLokiParameters(parameters, await request.form())
    const values = new Map<string, Set<string>>()
    for (const { labels } of await streamsOf(scope, given, request))
      for (const [name, value] of labels) values.set(name, (values.get(name) ?? new Set()).add(value))
    return bareResponse({
      detectedLabels: [...values]
        .map(([label, { size }]) => ({ label, cardinality: size }))
        .sort((a, b) => (a.label < b.label ? -1 : 1)),
    })
  })
}
