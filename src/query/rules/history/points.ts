import type { OtlpJson } from '../../../otlp/json/record-json.ts'
import type { SeriesDetails } from '../../metrics/series-statement.ts'
import { present } from '../../records/fields.ts'
import { storedAttributes } from '../../records/otlp-values.ts'
import { RequestBuilder } from '../../records/request-builder.ts'
import type { Source } from '../../sql/source.ts'
import { StoredExemplars } from './exemplars.ts'
import { type PointRow, type PointShape, pointColumns } from './point-columns.ts'
import { KnownSeries } from './series.ts'
import type { History, HistoryParts } from './source.ts'
import { rowCount, rowPage } from './statements.ts'

/** As OTLP calls the kinds of metric, by what is stored for them. */
const KINDS: Readonly<Record<string, string>> = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponential_histogram: 'exponentialHistogram',
  summary: 'summary',
}

/** Stored data points of one table, with what their series say and their exemplars. */
export function pointHistory<Row extends PointRow>(
  parts: HistoryParts,
  points: Source,
  shape: PointShape<Row>,
): History<Row> {
  const { tenantId } = parts
  const known = new KnownSeries(parts)
  const exemplars = new StoredExemplars(parts)
  return {
    signal: 'metrics',
    count: (range) => rowCount(points, tenantId, range, 'TimeUnix'),
    page(range, after, rows) {
      const columns = { ...pointColumns(points), ...shape.columns(points) }
      return rowPage(points, columns, { tenantId, range, after, rows }, 'TimeUnix')
    },
    sizeOf: (row) => shape.sizeOf(row),
    async request(rows) {
      await known.learn(rows)
      await exemplars.learn(rows)
      const builder = new RequestBuilder('metrics')
      const metrics = new Map<string, OtlpJson[]>()
      for (const row of rows) {
        const series = known.of(row)
        if (series === undefined) continue
        const key = metricKey(series)
        let dataPoints = metrics.get(key)
        if (dataPoints === undefined) {
          dataPoints = []
          metrics.set(key, dataPoints)
          const resource = known.resources.of(series.fingerprint)
          builder.recordsOf(series.fingerprint, resource, series).push(metricJson(series, dataPoints))
        }
        dataPoints.push({
          ...pointJson(row, series),
          ...shape.json(row),
          ...exemplarsJson(exemplars.take(row)),
        })
      }
      return builder.build()
    },
  }
}

/** Points of one metric stand together, as their sender had them: rules on metrics look at all of them. */
function metricKey(series: SeriesDetails): string {
  const { description, fingerprint, metadataKeys, metadataValues, monotonic, name, temporality } = series
  const { scopeName, scopeKeys, scopeValues, scopeVersion, type, unit } = series
  return JSON.stringify([
    ...[fingerprint, scopeName, scopeVersion, scopeKeys, scopeValues],
    ...[name, type, unit, temporality, monotonic, description, metadataKeys, metadataValues],
  ])
}

function metricJson(series: SeriesDetails, dataPoints: OtlpJson[]): OtlpJson {
  const { description, metadataKeys, metadataTypes, metadataValues, monotonic, name, type, unit } = series
  const aggregationTemporality = series.temporality
  return {
    ...present({ name, description, unit }),
    metadata: storedAttributes(metadataKeys, metadataValues, metadataTypes),
    [KINDS[type] ?? 'gauge']: {
      dataPoints,
      ...present({ aggregationTemporality }),
      ...(monotonic === 1 ? { isMonotonic: true } : {}),
    },
  }
}

function exemplarsJson(exemplars: OtlpJson[]): OtlpJson {
  return exemplars.length === 0 ? {} : { exemplars }
}

function pointJson({ flags, startTime, time }: PointRow, { keys, types, values }: SeriesDetails): OtlpJson {
  return {
    timeUnixNano: time,
    ...(startTime === '0' ? {} : { startTimeUnixNano: startTime }),
    ...present({ flags }),
    attributes: storedAttributes(keys, values, types),
  }
}
