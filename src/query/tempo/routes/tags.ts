import { z } from 'zod'
import { readLenientParameters } from '../../http/parameters.ts'
import { countField } from '../../loki/parameters/fields.ts'
import { parsed } from '../../parameters/fields.ts'
import { rangeOf } from '../../parameters/range.ts'
import { json, type Route, type TenantsRequest } from '../../route.ts'
import { ofTenants } from '../../sql/select.ts'
import { OFFERED_INTRINSICS } from '../../traceql/fields.ts'
import { rangeFields } from '../parameters/fields.ts'
import { readTag, readUnfinished } from '../parameters/query.ts'
import { tagsAnswer, tagsV1Answer, valuesAnswer, valuesV1Answer } from '../response/schemas.ts'
import { type TagsQuery, tagNames, tagValues } from '../tags.ts'
import { type TempoParts, tempoRoute } from './route.ts'

const LIMIT_MAX = 5_000
const LIMIT_DEFAULT = 1_000
const SCOPES = ['resource', 'span', 'intrinsic'] as const

const scopeField = () =>
  parsed((text) => {
    if (text === 'none') return undefined
    // Scopes whose attributes are not searched have no tags.
    if (text === 'event' || text === 'link' || text === 'instrumentation') return 'other' as const
    const scope = SCOPES.find((one) => one === text)
    return scope ?? { problem: `is no scope: expected ${SCOPES.join(', ')}, or none for all of them` }
  })
    .optional()
    .describe('Tags of this scope only: resource, span or intrinsic')

const filterField = () =>
  z.string().default('{}').describe('TraceQL: of spans that match; may be unfinished, and is never an error')

const limitField = () => countField('Tags or values', { max: LIMIT_MAX, otherwise: LIMIT_DEFAULT })

const tagsParameters = z.object({
  scope: scopeField(),
  q: filterField(),
  limit: limitField(),
  ...rangeFields,
})
const valuesParameters = tagsParameters.omit({ scope: true })

function queryOf(
  { nowMs }: TempoParts,
  { q, limit, start, end }: z.output<typeof valuesParameters>,
  request: TenantsRequest,
): TagsQuery {
  const scope = { tenantId: ofTenants(request.tenantIds), range: rangeOf({ start, end }, nowMs()) }
  return { scope, expr: readUnfinished(q), limit }
}

type Scope = { readonly name: (typeof SCOPES)[number]; readonly tags: ReadonlyArray<string> }

async function scopesOf(parts: TempoParts, request: TenantsRequest): Promise<Scope[]> {
  const given = readLenientParameters(tagsParameters, request.query)
  const query = queryOf(parts, given, request)
  const scopes: Scope[] = []
  for (const name of SCOPES)
    if (given.scope === undefined || given.scope === name)
      scopes.push({
        name,
        tags: name === 'intrinsic' ? OFFERED_INTRINSICS : await tagNames(parts.store, name, query, request),
      })
  return scopes
}

/** `/tempo/api/v2/search/tags`. */
export function tagsRoute(parts: TempoParts): Route {
  const doc = { summary: 'Names of tags, by scope', parameters: tagsParameters, answer: tagsAnswer }
  return tempoRoute('/v2/search/tags', doc, async (request) =>
    json({ scopes: await scopesOf(parts, request), metrics: {} }),
  )
}

/** `/tempo/api/search/tags`: names without scopes. */
export function tagsV1Route(parts: TempoParts): Route {
  const doc = { summary: 'Names of tags', parameters: tagsParameters, answer: tagsV1Answer }
  return tempoRoute('/search/tags', doc, async (request) => {
    const names = (await scopesOf(parts, request)).flatMap(({ tags }) => tags)
    return json({ tagNames: [...new Set(names)].sort(), metrics: {} })
  })
}

const valuesDoc = {
  summary: 'Values of a tag',
  parameters: valuesParameters,
  segments: { tag: 'The tag: resource.service.name, span.http.route, .http.route, name' },
}

function valuesOf(parts: TempoParts, request: TenantsRequest) {
  const given = readLenientParameters(valuesParameters, request.query)
  return tagValues(parts.store, readTag(request.path.tag!), queryOf(parts, given, request), request)
}

/** `/tempo/api/v2/search/tag/{tag}/values`. */
export function valuesRoute(parts: TempoParts): Route {
  const doc = { ...valuesDoc, answer: valuesAnswer }
  return tempoRoute('/v2/search/tag/{tag}/values', doc, async (request) =>
    json({ tagValues: await valuesOf(parts, request), metrics: {} }),
  )
}

/** `/tempo/api/search/tag/{tag}/values`: values without their types. */
export function valuesV1Route(parts: TempoParts): Route {
  const doc = { ...valuesDoc, answer: valuesV1Answer }
  return tempoRoute('/search/tag/{tag}/values', doc, async (request) => {
    const values = (await valuesOf(parts, request)).map(({ value }) => value)
    return json({ tagValues: [...new Set(values)], metrics: {} })
  })
}
