import { z } from 'zod'
import { wholeNumber } from './fields.ts'

/** What Prometheus' documentation proposes for OTLP: the attributes that people select and group by. */
const PROMOTED_RESOURCE_ATTRIBUTES = [
  'service.instance.id',
  'service.name',
  'service.namespace',
  'deployment.environment',
  'deployment.environment.name',
  'cloud.availability_zone',
  'cloud.region',
  'container.name',
  'k8s.cluster.name',
  'k8s.container.name',
  'k8s.cronjob.name',
  'k8s.daemonset.name',
  'k8s.deployment.name',
  'k8s.job.name',
  'k8s.namespace.name',
  'k8s.node.name',
  'k8s.pod.name',
  'k8s.replicaset.name',
  'k8s.statefulset.name',
] as const

const DAY_MS = 86_400_000

/** Of the section `query`: how stored metrics read in Prometheus' API. */
export const prometheusFields = {
  translationStrategy: z
    .enum([
      'UnderscoreEscapingWithSuffixes',
      'UnderscoreEscapingWithoutSuffixes',
      'NoUTF8EscapingWithSuffixes',
      'NoTranslation',
    ])
    .prefault('UnderscoreEscapingWithSuffixes')
    .describe(
      "How OTLP's names read in Prometheus' API, by its own names for that: with units and types as suffixes or without, dots and the like escaped or not.",
    ),
  promoteResourceAttributes: z
    .array(z.string().min(1).max(256))
    .max(100)
    .prefault([...PROMOTED_RESOURCE_ATTRIBUTES])
    .describe(
      "Resource attributes that are labels of every series in Prometheus' API; target_info has all of them.",
    ),
  convertHistogramsToNhcb: z
    .boolean()
    .prefault(false)
    .describe(
      "Whether histograms with explicit bounds are native histograms with custom buckets in Prometheus' API, under their own name, instead of the series _bucket, _count and _sum: Prometheus' otlp.convert_histograms_to_nhcb.",
    ),
  lookbackMs: wholeNumber({ min: 1000, max: DAY_MS })
    .prefault(300_000)
    .describe("How old a sample may be to stand for an instant in Prometheus' API."),
}
