import { decodeMetricsRequest } from '../../otlp/proto.ts'
import type { TestDeps } from '../kit.ts'

/** A generated request, as another library decodes it; its points as they are stored, refused commits left out. */
export type Generated = TestDeps['generated'][number]

type Point = {
  readonly timeUnixNano?: unknown
  readonly attributes?: ReadonlyArray<{ readonly key?: string; readonly value?: Record<string, unknown> }>
  readonly asInt?: unknown
  readonly count?: unknown
  readonly sum?: number
  readonly bucketCounts?: ReadonlyArray<unknown>
}

/**
 * What each series grew by, as PromQL adds it up: over its points in order of time, a drop is a reset. By tenant, metric and labels without the gateway's; of
 * a histogram the buckets.
 */
export function growthOf(
  generated: ReadonlyArray<Generated>,
  labels: ReadonlyArray<string>,
): Map<string, number[]> {
  const series = new Map<string, { readonly time: bigint; readonly values: number[] }[]>()
  for (const { tenantId, request } of generated)
    for (const { scopeMetrics = [] } of decodeMetricsRequest(request).resourceMetrics ?? [])
      for (const { metrics = [] } of scopeMetrics)
        for (const { name, sum, histogram } of metrics) {
          const points = ((sum ?? histogram)?.dataPoints ?? []) as ReadonlyArray<Point>
          for (const point of points) {
            const text = (key: string): string => {
              const value = point.attributes?.find((attribute) => attribute.key === key)?.value
              return value === undefined ? '' : String(Object.values(value)[0])
            }
            const key = [tenantId, name, ...labels.map(text)].join('|')
            const values = (point.bucketCounts ?? [point.asInt]).map(Number)
            const own = series.get(key) ?? []
            own.push({ time: BigInt(String(point.timeUnixNano)), values })
            series.set(key, own)
          }
        }
  return new Map(
    [...series].map(([key, points]): [string, number[]] => {
      points.sort((a, b) => (a.time < b.time ? -1 : 1))
      const grown = points[0]!.values.map((_, i) =>
        points.slice(1).reduce((sum, { values }, at) => {
          const before = points[at]!.values[i]!
          return sum + (values[i]! < before ? values[i]! : values[i]! - before)
        }, 0),
      )
      return [key, grown]
    }),
  )
}
