import { encodeRequest } from '../../otlp/encode/request.ts'
import type { OwnFamily, OwnPoint } from './families.ts'

export type OwnResource = {
  readonly serviceName: string
  readonly instanceId: string
  readonly version: string
}

const CUMULATIVE = 2
const SCOPE = 'weir'

/**
 * An ExportMetricsServiceRequest of own metrics. A series that was not there before begins with a zero, without which nobody sees that it grew.
 */
export class OwnMetricsEncoder {
  readonly #resource: OwnResource
  /** Since when each series is sent. As many as the registry and the ledger's sums have, which are bounded. */
  readonly #since = new Map<string, number>()
  #begun: string[] = []
  #lastMs: number

  constructor(resource: OwnResource, startMs: number) {
    this.#resource = resource
    this.#lastMs = startMs
  }

  /** `undo`: it did not get through; series that are new in it are new again. */
  encode(
    families: ReadonlyArray<OwnFamily>,
    nowMs: number,
  ): { readonly request: Buffer; readonly undo: () => void } {
    const timeMs = Math.max(nowMs, this.#lastMs + 1)
    this.#begun = []
    const metrics = families
      .filter(({ points }) => points.length > 0)
      .map((family) => this.#metric(family, timeMs))
    this.#lastMs = timeMs
    const { serviceName, instanceId, version } = this.#resource
    const attributes = stringAttributes({
      'service.name': serviceName,
      'service.instance.id': instanceId,
      'service.version': version,
    })
    const request = encodeRequest('metrics', {
      resourceMetrics: [
        { resource: { attributes }, scopeMetrics: [{ scope: { name: SCOPE, version }, metrics }] },
      ],
    })
    const begun = this.#begun
    return { request, undo: () => void begun.forEach((key) => void this.#since.delete(key)) }
  }

  #metric(family: OwnFamily, timeMs: number): object {
    const { name, description, unit, type } = family
    if (type === 'gauge') {
      const dataPoints = family.points.map((point) => numberPoint(point, undefined, timeMs))
      return { name, description, unit, gauge: { dataPoints } }
    }
    const dataPoints = family.points.flatMap((point) => this.#counted(family, point, timeMs))
    const data = { aggregationTemporality: CUMULATIVE, dataPoints }
    return type === 'histogram'
      ? { name, description, unit, histogram: data }
      : { name, description, unit, sum: { ...data, isMonotonic: true } }
  }

  #counted({ name, bounds }: OwnFamily, point: OwnPoint, timeMs: number): object[] {
    const key = JSON.stringify([name, point.labels])
    const sinceMs = this.#since.get(key)
    const startMs = sinceMs ?? this.#lastMs
    const encode = (own: OwnPoint, atMs: number): object =>
      own.histogram === undefined
        ? numberPoint(own, startMs, atMs)
        : histogramPoint(own, own.histogram, bounds ?? [], startMs, atMs)
    const last = encode(point, timeMs)
    if (sinceMs !== undefined) return [last]
    this.#since.set(key, startMs)
    this.#begun.push(key)
    const counts = point.histogram?.counts.map(() => 0)
    const zero = { ...point, value: 0, ...(counts === undefined ? {} : { histogram: { sum: 0, counts } }) }
    return [encode(zero, startMs), last]
  }
}

function numberPoint({ labels, value }: OwnPoint, startMs: number | undefined, timeMs: number): object {
  return { ...times(startMs, timeMs), attributes: stringAttributes(labels), asDouble: value }
}

function histogramPoint(
  { labels }: OwnPoint,
  { sum, counts }: NonNullable<OwnPoint['histogram']>,
  explicitBounds: ReadonlyArray<number>,
  startMs: number,
  timeMs: number,
): object {
  return {
    ...times(startMs, timeMs),
    attributes: stringAttributes(labels),
    count: counts.reduce((all, count) => all + count, 0),
    sum,
    bucketCounts: counts,
    explicitBounds,
  }
}

function times(startMs: number | undefined, timeMs: number): object {
  const timeUnixNano = nanoseconds(timeMs)
  return startMs === undefined ? { timeUnixNano } : { startTimeUnixNano: nanoseconds(startMs), timeUnixNano }
}

const nanoseconds = (ms: number): string => `${BigInt(Math.round(ms)) * 1_000_000n}`

function stringAttributes(labels: Readonly<Record<string, string>>): object[] {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}
