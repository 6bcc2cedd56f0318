import type { Batch } from '../../src/otlp/batch.ts'
import {
  EVENT,
  EXEMPLAR,
  LINK,
  LOG,
  METRIC,
  MetricType,
  POINT,
  QUANTILE,
  SPAN,
  ValueKind,
} from '../../src/otlp/slots.ts'
import { doubleOf } from '../../src/otlp/words.ts'
import { RowReader, type Surroundings, surroundingsOf } from './batch-rows.ts'
import type {
  Exemplar,
  ExponentialHistogramDataPoint,
  HistogramDataPoint,
  LogRecord,
  Metric,
  NumberDataPoint,
  Span,
  SummaryDataPoint,
} from './proto.ts'

/** One record with everything that stands around it; absent fields have protobuf's defaults. */
export type FlatRecord = Surroundings & { verdict: number; record: Required<LogRecord> }
export type FlatSpan = Surroundings & { verdict: number; span: Required<Span> }
export type FlatPoint = Surroundings & { verdict: number; metric: FlatMetric; point: DataPoint }

export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary'
export type FlatMetric = Pick<Metric, 'name' | 'description' | 'unit' | 'metadata'> & {
  kind: MetricKind
  aggregationTemporality: number
  isMonotonic: boolean
}
type AnyDataPoint = NumberDataPoint & HistogramDataPoint & ExponentialHistogramDataPoint & SummaryDataPoint
/** Of one of the five kinds; of its fields only those that are `optional` in the .proto file may be undefined. */
export type DataPoint = { [Name in keyof AnyDataPoint]?: AnyDataPoint[Name] | undefined }

/** Every log record of a batch as plain objects, in order. */
export function materialise(batch: Batch): FlatRecord[] {
  return Array.from({ length: batch.records.count }, (_, i) => {
    const row = new RowReader(batch, batch.records, LOG, i)
    return {
      verdict: batch.verdicts[i]!,
      ...surroundingsOf(batch, row),
      record: {
        timeUnixNano: row.fixed64('time'),
        observedTimeUnixNano: row.fixed64('observedTime'),
        severityNumber: row.slot('severityNumber') | 0,
        severityText: row.text('severityText'),
        body: row.value('body'),
        attributes: row.attributes(),
        droppedAttributesCount: row.slot('droppedAttributesCount'),
        flags: row.slot('flags'),
        traceId: row.id('traceId'),
        spanId: row.id('spanId'),
        eventName: row.text('eventName'),
      },
    }
  })
}

/** Every span of a batch, likewise. */
export function materialiseSpans(batch: Batch): FlatSpan[] {
  return Array.from({ length: batch.records.count }, (_, i) => {
    const row = new RowReader(batch, batch.records, SPAN, i)
    return { verdict: batch.verdicts[i]!, ...surroundingsOf(batch, row), span: spanOf(batch, row) }
  })
}

function spanOf(batch: Batch, row: RowReader): Required<Span> {
  return {
    traceId: row.id('traceId'),
    spanId: row.id('spanId'),
    traceState: row.text('traceState'),
    parentSpanId: row.id('parentSpanId'),
    name: row.text('name'),
    kind: row.slot('kind') | 0,
    startTimeUnixNano: row.fixed64('time'),
    endTimeUnixNano: row.fixed64('endTime'),
    attributes: row.attributes(),
    droppedAttributesCount: row.slot('droppedAttributesCount'),
    events: row.rows('events', batch.events, EVENT, (event) => ({
      timeUnixNano: event.fixed64('time'),
      name: event.text('name'),
      attributes: event.attributes(),
      droppedAttributesCount: event.slot('droppedAttributesCount'),
    })),
    droppedEventsCount: row.slot('droppedEventsCount'),
    links: row.rows('links', batch.links, LINK, (link) => ({
      traceId: link.id('traceId'),
      spanId: link.id('spanId'),
      traceState: link.text('traceState'),
      attributes: link.attributes(),
      droppedAttributesCount: link.slot('droppedAttributesCount'),
      flags: link.slot('flags'),
    })),
    droppedLinksCount: row.slot('droppedLinksCount'),
    status: { message: row.text('statusMessage'), code: row.slot('statusCode') | 0 },
    flags: row.slot('flags'),
  }
}

const METRIC_KINDS: Readonly<Record<number, MetricKind>> = {
  [MetricType.gauge]: 'gauge',
  [MetricType.sum]: 'sum',
  [MetricType.histogram]: 'histogram',
  [MetricType.exponentialHistogram]: 'exponentialHistogram',
  [MetricType.summary]: 'summary',
}

/** Every data point of a batch, likewise. */
export function materialisePoints(batch: Batch): FlatPoint[] {
  return Array.from({ length: batch.records.count }, (_, i) => {
    const row = new RowReader(batch, batch.records, POINT, i)
    const metric = new RowReader(batch, batch.metrics, METRIC, row.slot('metric'))
    const kind = METRIC_KINDS[metric.slot('type')]!
    return {
      verdict: batch.verdicts[i]!,
      ...surroundingsOf(batch, row),
      metric: {
        name: metric.text('name'),
        description: metric.text('description'),
        unit: metric.text('unit'),
        metadata: metric.attributes('metadata'),
        kind,
        aggregationTemporality: metric.slot('temporality') | 0,
        isMonotonic: metric.slot('isMonotonic') === 1,
      },
      point: {
        startTimeUnixNano: row.fixed64('startTime'),
        timeUnixNano: row.fixed64('time'),
        attributes: row.attributes(),
        flags: row.slot('flags'),
        ...pointOf(batch, row, kind),
      },
    }
  })
}

const uint64 = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low)

function pointOf(batch: Batch, row: RowReader, kind: MetricKind): DataPoint {
  const exemplars = row.rows('exemplars', batch.exemplars, EXEMPLAR, exemplarOf)
  switch (kind) {
    case 'gauge':
    case 'sum':
      return { ...numberOf(row), exemplars }
    case 'histogram':
      return {
        ...distributionOf(row),
        bucketCounts: row.elements('counts', 0, uint64),
        explicitBounds: row.elements('bounds', 1, doubleOf),
        exemplars,
      }
    case 'exponentialHistogram':
      return {
        ...distributionOf(row),
        scale: row.slot('scale') | 0,
        zeroCount: row.fixed64('zeroCount'),
        zeroThreshold: row.double('zeroThreshold'),
        positive: {
          offset: row.slot('positiveOffset') | 0,
          bucketCounts: row.elements('counts', 0, uint64),
        },
        negative: {
          offset: row.slot('negativeOffset') | 0,
          bucketCounts: row.elements('bounds', 1, uint64),
        },
        exemplars,
      }
    default:
      return {
        count: row.fixed64('count'),
        sum: row.double('sum'),
        quantileValues: row.rows('quantiles', batch.quantiles, QUANTILE, (quantile) => ({
          quantile: quantile.double('quantile'),
          value: quantile.double('value'),
        })),
      }
  }
}

function distributionOf(row: RowReader): DataPoint {
  return {
    count: row.fixed64('count'),
    sum: row.optionalDouble('sum'),
    min: row.optionalDouble('min'),
    max: row.optionalDouble('max'),
  }
}

function numberOf(row: RowReader): { asInt?: bigint; asDouble?: number } {
  const kind = row.slot('valueKind')
  if (kind === ValueKind.int) return { asInt: BigInt.asIntN(64, row.fixed64('value')) }
  return kind === ValueKind.double ? { asDouble: row.double('value') } : {}
}

function exemplarOf(row: RowReader): Exemplar {
  return {
    timeUnixNano: row.fixed64('time'),
    ...numberOf(row),
    spanId: row.id('spanId'),
    traceId: row.id('traceId'),
    filteredAttributes: row.attributes(),
  }
}
