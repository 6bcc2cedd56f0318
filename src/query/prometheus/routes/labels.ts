import { z } from 'zod'
import { TARGET_INFO } from '../../../otlp/prometheus-names.ts'
import { ApiError } from '../../errors.ts'
import { readLenientParameters } from '../../http/parameters.ts'
import type { Labels } from '../../logql/record.ts'
import { isLabelName } from '../../promql/functions/labels.ts'
import type { Route, TenantsRequest } from '../../route.ts'
import { NAME_LABEL } from '../execute/catalog.ts'
import type { SeriesQuery } from '../execute/executor.ts'
import { TENANT_LABEL } from '../execute/source.ts'
import { unescapedName } from '../naming/escaping.ts'
import { limitField, selectorsField, timeField } from '../parameters/fields.ts'
import { readSelectors } from '../parameters/query.ts'
import { limitedResponse } from '../response/result.ts'
import { namesAnswer, seriesAnswer } from '../response/schemas.ts'
import { type PrometheusParts, prometheusRoute, runOf } from './route.ts'

/** Who names no range gets what a day has: series are kept by day. */
const DAY_MS = 86_400_000
/** Series that names and values of labels are taken from. */
const SERIES_MAX = 100_000

const fields = {
  'match[]': selectorsField(),
  start: timeField('First moment; default: a day before the end').optional(),
  end: timeField('Last moment; default: now').optional(),
  limit: limitField('Entries of the answer'),
}
const parameters = z.object(fields)
type Given = z.output<typeof parameters>

function queryOf(given: Given, { tenantIds }: TenantsRequest, nowMs: number): SeriesQuery {
  const endMs = given.end ?? nowMs
  const startMs = given.start ?? endMs - DAY_MS
  return { tenantIds, selectors: readSelectors(given['match[]']), startMs, endMs, seriesMax: SERIES_MAX }
}

async function seriesOf(
  { prometheus, nowMs }: PrometheusParts,
  given: Given,
  request: TenantsRequest,
): Promise<ReadonlyArray<Labels>> {
  return prometheus.series(queryOf(given, request, nowMs()), runOf(request))
}

const sorted = (texts: Iterable<string>): string[] => [...texts].sort()

export function labelsRoute(parts: PrometheusParts): Route {
  const doc = { summary: 'Names of labels', parameters, answer: namesAnswer }
  return prometheusRoute('/labels', doc, async (request) => {
    const given = readLenientParameters(parameters, await request.form())
    const names = new Set<string>()
    for (const labels of await seriesOf(parts, given, request))
      for (const name of labels.keys()) names.add(name)
    return limitedResponse(sorted(names), given.limit)
  })
}

export function labelValuesRoute(parts: PrometheusParts): Route {
  const doc = {
    summary: 'Values of a label',
    parameters,
    segments: { name: 'The label; of one with other characters than A-Z a-z 0-9 _ escaped as U__…' },
    answer: namesAnswer,
  }
  return prometheusRoute('/label/{name}/values', doc, async (request) => {
    const name = unescapedName(request.path.name!)
    if (!isLabelName(name)) throw new ApiError('invalid_parameter', 'the path names no label.')
    const given = readLenientParameters(parameters, await request.form())
    const query = queryOf(given, request, parts.nowMs())
    const values = new Set<string>()
    const run = runOf(request)
    if (name === NAME_LABEL && query.selectors.every(isOfNames)) {
      for (const part of await parts.prometheus.names(query, run)) values.add(part.name)
      if (await parts.prometheus.hasInfo(query, run)) values.add(TARGET_INFO)
    } else if (name === TENANT_LABEL && request.tenantIds.length > 1)
      for (const tenantId of request.tenantIds) values.add(tenantId)
    else for (const labels of await parts.prometheus.series(query, run)) values.add(labels.get(name) ?? '')
    values.delete('')
    return limitedResponse(sorted(values), given.limit)
  })
}

const isOfNames = (matchers: ReadonlyArray<{ readonly name: string }>): boolean =>
  matchers.every(({ name }) => name === NAME_LABEL)

export function seriesRoute(parts: PrometheusParts): Route {
  const doc = { summary: 'Sets of labels', parameters, answer: seriesAnswer }
  return prometheusRoute('/series', doc, async (request) => {
    const given = readLenientParameters(parameters, await request.form())
    if (given['match[]'].length === 0)
      throw new ApiError('invalid_parameter', 'no match[] parameter provided: give a selector, such as up.')
    const series = await seriesOf(parts, given, request)
    return limitedResponse(
      series.map((labels) => Object.fromEntries(labels)),
      given.limit,
    )
  })
}
