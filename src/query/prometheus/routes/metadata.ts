import { z } from 'zod'
import { readLenientParameters } from '../../http/parameters.ts'
import type { Route } from '../../route.ts'
import type { NamedPart } from '../execute/catalog.ts'
import { partsOf } from '../naming/parts.ts'
import { limitField } from '../parameters/fields.ts'
import { dataResponse } from '../response/result.ts'
import { metadataAnswer } from '../response/schemas.ts'
import { type PrometheusParts, prometheusRoute, runOf } from './route.ts'

type Metadata = { readonly type: string; readonly help: string; readonly unit: string }

/** Metrics of the last day are described. */
const DAY_MS = 86_400_000

const metadataOf = ({ metric }: NamedPart): Metadata => ({
  type: partsOf(metric.type, false)?.prometheusType(metric) ?? 'unknown',
  help: metric.description,
  unit: metric.unit,
})

/** `/prometheus/api/v1/metadata`: type, description and unit of metrics, by their families. */
export function metadataRoute({ prometheus, nowMs }: PrometheusParts): Route {
  const parameters = z.object({
    metric: z.string().optional().describe('The metric; default: all'),
    limit: limitField('Metrics of the answer'),
    limit_per_metric: limitField('Descriptions of each'),
  })
  const doc = { summary: 'Types, descriptions and units', parameters, answer: metadataAnswer }
  return prometheusRoute('/metadata', doc, async (request) => {
    const given = readLenientParameters(parameters, await request.form())
    const endMs = nowMs()
    const { tenantIds } = request
    const parts = await prometheus.names(
      { tenantIds, selectors: [], startMs: endMs - DAY_MS, endMs },
      runOf(request),
    )
    const all = new Map<string, Map<string, Metadata>>()
    for (const part of parts) {
      if (given.metric !== undefined && part.family !== given.metric) continue
      if (given.limit > 0 && all.size >= given.limit && !all.has(part.family)) continue
      const known = all.get(part.family) ?? new Map<string, Metadata>()
      all.set(part.family, known)
      const metadata = metadataOf(part)
      if (given.limit_per_metric === 0 || known.size < given.limit_per_metric)
        known.set(JSON.stringify(metadata), metadata)
    }
    return dataResponse(Object.fromEntries([...all].map(([family, known]) => [family, [...known.values()]])))
  })
}
