import { z } from 'zod'
import { readLenientParameters } from '../../http/parameters.ts'
import { printPretty } from '../../promql/pretty.ts'
import type { Route } from '../../route.ts'
import { promqlField } from '../parameters/fields.ts'
import { readQuery } from '../parameters/query.ts'
import { dataResponse } from '../response/result.ts'
import { alertsAnswer, buildInfoAnswer, rulesAnswer, textAnswer } from '../response/schemas.ts'
import { type PrometheusParts, prometheusRoute } from './route.ts'

/** `/prometheus/api/v1/format_query`: the query as Weir would write it. */
export function formatQueryRoute(): Route {
  const parameters = z.object({ query: promqlField() })
  const doc = { summary: 'A query in its normal form', parameters, answer: textAnswer }
  return prometheusRoute('/format_query', doc, async (request) => {
    const { query } = readLenientParameters(parameters, await request.form())
    return dataResponse(printPretty(readQuery(query)))
  })
}

/** `/prometheus/api/v1/status/buildinfo`. Without `features`, which would say that this is another server. */
export function buildInfoRoute({ version }: PrometheusParts): Route {
  const doc = { summary: 'Version of Weir', answer: buildInfoAnswer }
  const info = { version, revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' }
  return prometheusRoute('/status/buildinfo', doc, async () => dataResponse(info))
}

/** `/prometheus/api/v1/rules`: Weir evaluates none. */
export function rulesRoute(): Route {
  const doc = { summary: 'Recording and alerting rules: Weir evaluates none', answer: rulesAnswer }
  return prometheusRoute('/rules', doc, async () => dataResponse({ groups: [] }))
}

/** `/prometheus/api/v1/alerts`: Weir evaluates no rules. */
export function alertsRoute(): Route {
  const doc = { summary: 'Active alerts: Weir evaluates no rules', answer: alertsAnswer }
  return prometheusRoute('/alerts', doc, async () => dataResponse({ alerts: [] }))
}
