import { buildInfoAnswer, buildInfoOf } from '../../build-info.ts'
import { json, type Route } from '../../route.ts'
import { tempoRoute } from './route.ts'

const TEXT_TYPE = 'text/plain; charset=utf-8'

/** `/tempo/api/echo`: Grafana's health check, which so tells of a wrong credential too. */
export function echoRoute(): Route {
  const doc = { summary: 'The word echo', answer: { contentType: TEXT_TYPE } }
  return tempoRoute('/echo', doc, async () => ({ status: 200, contentType: TEXT_TYPE, body: 'echo' }))
}

/** `/tempo/api/status/buildinfo`. */
export function buildInfoRoute(version: string): Route {
  const doc = { summary: 'Version of Weir', answer: buildInfoAnswer }
  return tempoRoute('/status/buildinfo', doc, async () => json(buildInfoOf(version)))
}
