import { json, type Route } from '../route.ts'
import { openApiDocument } from './document.ts'

/** `GET /api/openapi.json`: this API, for generators of clients. It shows nobody's data, so everybody may have it. */
export function openApiRoute(others: ReadonlyArray<Route>, version: string, tenantHeader: string): Route {
  let document: object | undefined
  const route: Route = {
    path: '/api/openapi.json',
    methods: ['GET'],
    access: 'open',
    doc: { summary: 'This document', answer: { contentType: 'application/json' } },
    async handle() {
      document ??= openApiDocument([...others, route], version, tenantHeader)
      return json(document)
    },
  }
  return route
}
