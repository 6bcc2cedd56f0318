import { z } from 'zod'
import { block, configIssues, listOf, text, wholeNumber } from '../config-issues.ts'
import { attributeNames, expiration, flushInterval, histogram, seriesMax } from '../counted-series/config.ts'
import type { Issue, Parsed } from '../processor.ts'

/** An attribute of a span, else of its resource, that becomes a label. */
export type Dimension = { readonly name: string; readonly default?: string | undefined }

export type SpanMetricsConfig = {
  readonly intervalMs: number
  readonly expireAfterMs: number
  readonly seriesMax: number
  /** Upper bounds in seconds. */
  readonly bounds: ReadonlyArray<number>
  readonly dimensions: ReadonlyArray<Dimension>
  /** What of a span's resource the metrics' resource has. */
  readonly resourceAttributes: ReadonlyArray<string>
  /** Exemplars of a point; 0: none. */
  readonly exemplarsMax: number
}

const DIMENSIONS_MAX = 20
const RESOURCE_ATTRIBUTES_MAX = 20
/** What tells apps, environments and retention apart. */
const RESOURCE_ATTRIBUTES = [
  'service.name',
  'service.namespace',
  'deployment.environment.name',
  'k8s.namespace.name',
  'loco.resource.id',
]
/** Labels that every series has. */
const OWN = ['service.name', 'span.name', 'span.kind', 'status.code']

const dimension = block({ name: text(255, 'http.route'), default: text(1024, 'GET').optional() })

/** A bucket has one at most, so this is no bound. */
const EXEMPLARS_MAX = 100

const exemplars = block({
  enabled: z.boolean({ error: 'expected true or false' }).default(true),
  max_per_data_point: wholeNumber(1, EXEMPLARS_MAX).default(EXEMPLARS_MAX),
})

const schema = block({
  metrics_flush_interval: flushInterval,
  metrics_expiration: expiration,
  histogram,
  dimensions: listOf(dimension, DIMENSIONS_MAX, 'dimensions').default([]),
  resource_metrics_key_attributes: attributeNames(RESOURCE_ATTRIBUTES_MAX).default(RESOURCE_ATTRIBUTES),
  exemplars: exemplars.default({ enabled: true, max_per_data_point: EXEMPLARS_MAX }),
  seriesMax,
})

/** Reads the keys of the collector's `span_metrics` connector that Weir has, and Weir's bound. */
export function readConfig(
  value: unknown,
): Parsed<SpanMetricsConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { data } = parsed
  const issues = nameIssues(data)
  if (issues.length > 0) return { issues }
  return {
    config: {
      intervalMs: data.metrics_flush_interval,
      expireAfterMs: data.metrics_expiration,
      seriesMax: data.seriesMax,
      bounds: data.histogram,
      dimensions: data.dimensions,
      resourceAttributes: data.resource_metrics_key_attributes,
      exemplarsMax: data.exemplars.enabled ? data.exemplars.max_per_data_point : 0,
    },
    warnings: [],
  }
}

function nameIssues({ dimensions }: z.output<typeof schema>): Issue[] {
  const names = dimensions.map(({ name }) => name)
  return names.flatMap((name, i) => {
    const path = ['dimensions', i, 'name']
    if (OWN.includes(name)) return [{ path, message: `${name} is a label of every series already` }]
    return names.indexOf(name) < i ? [{ path, message: `${name} stands there twice` }] : []
  })
}
