import { describe, expect, it } from 'vitest'
import { KEPT, type Signal } from '../../src/otlp/batch.ts'
import {
  newBatch,
  SCAN_FAULTS,
  type ScanFault,
  scanRequest,
  TooManyRecordsError,
} from '../../src/otlp/scan/index.ts'
import { POINT, SPAN } from '../../src/otlp/slots.ts'
import { materialisePoints, materialiseSpans } from './materialise.ts'
import {
  type Exemplar,
  encodeMetricsRequest,
  encodeTracesRequest,
  type HistogramDataPoint,
  type KeyValue,
  type Metric,
  type Span,
  stringAttributes,
} from './proto.ts'
import { SCAN_OUTCOMES } from './scan-outcomes.ts'
import { hex, int, len, requestOf } from './wire.ts'

function scan(signal: Signal, bytes: Buffer, recordsPerRequestMax = 1000) {
  const batch = newBatch(signal)
  scanRequest(batch, bytes, { recordsPerRequestMax, attributesPerRecordMax: 2 }, SCAN_OUTCOMES)
  return batch
}

const traces = (spans: Span[], attributes: KeyValue[] = []): Buffer =>
  encodeTracesRequest({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] })
const metrics = (list: Metric[], attributes: KeyValue[] = []): Buffer =>
  encodeMetricsRequest({ resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics: list }] }] })

function verdicts(signal: Signal, bytes: Buffer): (ScanFault | 'kept')[] {
  const { verdicts: numbers, records } = scan(signal, bytes)
  return [...numbers.subarray(0, records.count)].map(
    (number) =>
      SCAN_FAULTS.find((fault) => SCAN_OUTCOMES[fault] === number) ??
      (number === KEPT ? 'kept' : fail(number)),
  )
}

function fail(number: number): never {
  throw new Error(`verdict ${number} is no fault's`)
}

const three = stringAttributes({ a: '', b: '', c: '' })
const two = three.slice(0, 2)
const short = Buffer.alloc(3, 1)

describe('spans that cannot be taken', () => {
  it.each<[string, Span, ScanFault | 'kept']>([
    ['nothing at all', {}, 'kept'],
    ['a short trace id', { traceId: short }, 'invalidTraceId'],
    ['a short span id', { spanId: short }, 'invalidSpanId'],
    ['a short parent', { parentSpanId: short }, 'invalidSpanId'],
    ['too many attributes', { attributes: three }, 'tooManyAttributes'],
    ['an event with too many', { events: [{}, { attributes: three }] }, 'tooManyAttributes'],
    ['a link with too many', { links: [{ attributes: three }] }, 'tooManyAttributes'],
    ['a link to a short trace id', { links: [{}, { traceId: short }] }, 'invalidTraceId'],
    ['a link to a short span id', { links: [{ spanId: short }] }, 'invalidSpanId'],
    ['a link to nothing', { links: [{ traceId: Buffer.alloc(16), spanId: Buffer.alloc(8) }] }, 'kept'],
    ['an end before the start', { startTimeUnixNano: 5n, endTimeUnixNano: 4n }, 'endsBeforeStart'],
    ['an end as the start', { startTimeUnixNano: 5n, endTimeUnixNano: 5n }, 'kept'],
    ['no end', { startTimeUnixNano: 5n }, 'kept'],
    ['no start', { endTimeUnixNano: 5n }, 'kept'],
    [
      'an end before the start in the high word alone',
      { startTimeUnixNano: 1n << 32n, endTimeUnixNano: 0xffff_ffffn },
      'endsBeforeStart',
    ],
    [
      'an end after the start in the high word alone',
      { startTimeUnixNano: 0xffff_ffffn, endTimeUnixNano: 1n << 32n },
      'kept',
    ],
    ['times of all bits', { startTimeUnixNano: 1n, endTimeUnixNano: (1n << 64n) - 1n }, 'kept'],
    [
      'its own fault before that of a link',
      { startTimeUnixNano: 5n, endTimeUnixNano: 4n, links: [{ traceId: short }] },
      'endsBeforeStart',
    ],
  ])('%s', (_, span, fault) => {
    expect(verdicts('traces', traces([{}, span, {}]))).toEqual(['kept', fault, 'kept'])
  })

  it('keep the attributes of their events apart', () => {
    const events = [{ name: 'e', attributes: two }]
    const batch = scan(
      'traces',
      traces([
        { attributes: three, events },
        { attributes: two, events },
      ]),
    )
    expect(materialiseSpans(batch).map(({ span }) => [span.attributes, span.events[0]!.attributes])).toEqual([
      [[], two],
      [two, two],
    ])
    expect(batch.attributes.count).toBe(6)
  })
})

describe('data points that cannot be taken', () => {
  const gauge = (point: object): Metric => ({ gauge: { dataPoints: [{ asInt: 1 }, point, { asInt: 1 }] } })
  const exemplar = (one: Exemplar): Metric => gauge({ asInt: 1, exemplars: [{}, one] })
  const histogram = (point: HistogramDataPoint): Metric => ({ histogram: { dataPoints: [{}, point, {}] } })
  const exponential = (point: object): Metric => ({ exponentialHistogram: { dataPoints: [{}, point, {}] } })
  const summary = (point: object): Metric => ({ summary: { dataPoints: [{}, point, {}] } })
  const quantile = (...list: number[]): Metric =>
    summary({ quantileValues: list.map((one) => ({ quantile: one, value: 1 })) })
  const below = (1n << 64n) - 1n
  const highest = (1n << 63n) - 1n
  const { NaN: nan, POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minusInfinity } = Number

  it.each<[string, Metric, ScanFault | 'kept']>([
    ['no value', gauge({}), 'noValue'],
    ['no value, and says so', gauge({ flags: 1 }), 'kept'],
    ['no value, and other flags', gauge({ flags: 2 }), 'noValue'],
    ['an int of zero', gauge({ asInt: 0 }), 'kept'],
    ['a double of zero', gauge({ asDouble: 0 }), 'kept'],
    ['NaN', gauge({ asDouble: nan }), 'kept'],
    ['too many attributes', gauge({ asInt: 1, attributes: three }), 'tooManyAttributes'],
    ['an exemplar with a short trace id', exemplar({ traceId: short }), 'invalidTraceId'],
    ['an exemplar with a short span id', exemplar({ spanId: short }), 'invalidSpanId'],
    ['an exemplar with too many attributes', exemplar({ filteredAttributes: three }), 'tooManyAttributes'],
    ['an exemplar without a value', exemplar({}), 'kept'],
    ['a negative count', histogram({ count: below }), 'negativeCount'],
    ['a bucket below zero', histogram({ bucketCounts: [1, below], explicitBounds: [1] }), 'negativeCount'],
    ['the highest count', histogram({ count: highest, bucketCounts: [highest] }), 'kept'],
    ['one bucket without bounds', histogram({ bucketCounts: [7] }), 'kept'],
    [
      'as many buckets as bounds',
      histogram({ bucketCounts: [7, 8], explicitBounds: [1, 2] }),
      'bucketsDisagree',
    ],
    ['two buckets too many', histogram({ bucketCounts: [7, 8, 9], explicitBounds: [1] }), 'bucketsDisagree'],
    ['bounds without buckets', histogram({ explicitBounds: [1] }), 'bucketsDisagree'],
    [
      'bounds that fall',
      histogram({ bucketCounts: [1, 2, 3], explicitBounds: [2, 1] }),
      'boundsNotIncreasing',
    ],
    [
      'bounds that stay',
      histogram({ bucketCounts: [1, 2, 3], explicitBounds: [1, 1] }),
      'boundsNotIncreasing',
    ],
    [
      'a bound that is NaN',
      histogram({ bucketCounts: [1, 2], explicitBounds: [nan] }),
      'boundsNotIncreasing',
    ],
    [
      'infinite bounds',
      histogram({ bucketCounts: [1, 2, 3, 4], explicitBounds: [minusInfinity, 0, infinity] }),
      'kept',
    ],
    [
      'the same infinity twice',
      histogram({ bucketCounts: [1, 2, 3], explicitBounds: [minusInfinity, minusInfinity] }),
      'boundsNotIncreasing',
    ],
    ['the lowest scale', exponential({ scale: -10 }), 'kept'],
    ['the highest scale', exponential({ scale: 20 }), 'kept'],
    ['a scale too low', exponential({ scale: -11 }), 'scaleOutOfRange'],
    ['a scale too high', exponential({ scale: 21 }), 'scaleOutOfRange'],
    ['a negative zero count', exponential({ zeroCount: below }), 'negativeCount'],
    [
      'a positive bucket below zero',
      exponential({ positive: { bucketCounts: [1, below] } }),
      'negativeCount',
    ],
    ['a negative bucket below zero', exponential({ negative: { bucketCounts: [below] } }), 'negativeCount'],
    ['a negative count of an exponential one', exponential({ count: below }), 'negativeCount'],
    [
      'offsets below zero',
      exponential({ positive: { offset: -5 }, negative: { offset: -(2 ** 31) } }),
      'kept',
    ],
    ['a negative count of a summary', summary({ count: below }), 'negativeCount'],
    ['quantiles from 0 to 1', quantile(0, 0.5, 1), 'kept'],
    ['a quantile above 1', quantile(0.5, 1.5), 'quantileOutOfRange'],
    ['a quantile below 0', quantile(-0.1), 'quantileOutOfRange'],
    ['a quantile that is NaN', quantile(nan), 'quantileOutOfRange'],
  ])('%s', (_, metric, fault) => {
    expect(verdicts('metrics', metrics([metric]))).toEqual(['kept', fault, 'kept'])
  })

  it('all of a metric with too much metadata, and no other', () => {
    const gauges = { gauge: { dataPoints: [{ asInt: 1 }, {}] } }
    expect(
      verdicts(
        'metrics',
        metrics([
          { metadata: three, ...gauges },
          { metadata: two, ...gauges },
        ]),
      ),
    ).toEqual(['tooManyAttributes', 'tooManyAttributes', 'kept', 'noValue'])
  })
})

describe('rows', () => {
  it('knows the bytes of each record, those of its events included', () => {
    const { data } = scan('traces', traces([{}, { events: [{ name: 'e' }] }])).records
    expect([data[SPAN.wireBytes], data[SPAN.stride + SPAN.wireBytes]]).toEqual([0, 5])
  })

  it('leaves no row of metrics without points', () => {
    const empty = { name: 'empty', metadata: two, sum: { isMonotonic: true } }
    const batch = scan(
      'metrics',
      metrics([empty, { name: 'n' }, { gauge: { dataPoints: [{ asInt: 1 }] } }, empty]),
    )
    expect([batch.metrics.count, batch.records.count, batch.attributes.count]).toEqual([1, 1, 0])
    expect(batch.records.data[POINT.metric]).toBe(0)
    expect(scan('metrics', metrics([empty], two)).resources.count).toBe(0)
  })
})

describe('the kinds of one metric', () => {
  const point = (value: string): Buffer => len(1, hex(`31 ${value}00000000000000`))
  const sum = (...content: Buffer[]): Buffer => len(7, ...content)
  const gauge = (...content: Buffer[]): Buffer => len(5, ...content)
  const delta = int(2, 1)
  const monotonic = int(3, 1)

  it.each<[string, Buffer[], string, bigint[], number, boolean]>([
    [
      'one, cut into several',
      [sum(point('01'), delta), sum(point('02'), monotonic)],
      'sum',
      [1n, 2n],
      1,
      true,
    ],
    [
      'another: it takes the place',
      [sum(point('01'), delta, monotonic), gauge(point('02'))],
      'gauge',
      [2n],
      0,
      false,
    ],
    [
      'and back: nothing is left',
      [sum(point('01'), delta), gauge(), sum(point('02'))],
      'sum',
      [2n],
      0,
      false,
    ],
    ['the rest in between', [sum(point('01')), len(1, 'name'), sum(point('02'))], 'sum', [1n, 2n], 0, false],
  ])('%s', (_, fields, kind, values, aggregationTemporality, isMonotonic) => {
    const points = materialisePoints(scan('metrics', requestOf(...fields)))
    expect(points.map(({ point: { asInt } }) => asInt)).toEqual(values)
    for (const { metric } of points)
      expect(metric).toMatchObject({ kind, aggregationTemporality, isMonotonic })
  })
})

describe('too many rows of records', () => {
  const events = (...counts: number[]): Buffer =>
    traces(counts.map((count) => ({ events: Array.from({ length: count }, () => ({})) })))
  const quantiles = (count: number): Buffer =>
    metrics([{ summary: { dataPoints: [{ quantileValues: Array.from({ length: count }, () => ({})) }] } }])

  it('are taken up to sixteen times the records that a request may hold', () => {
    expect(scan('traces', events(5, 43), 3).events.count).toBe(48)
    expect(scan('metrics', quantiles(48), 3).quantiles.count).toBe(48)
  })

  it.each<[Signal, Buffer, string]>([
    ['traces', events(5, 44), 'Event'],
    ['metrics', quantiles(49), 'ValueAtQuantile'],
    [
      'metrics',
      metrics([{ gauge: { dataPoints: [{ asInt: 1, exemplars: Array(49).fill({}) }] } }]),
      'Exemplar',
    ],
    ['traces', traces([{ links: Array(49).fill({}) }]), 'Link'],
  ])('refuse the request otherwise: %s', (signal, bytes, name) => {
    const over = (): unknown => scan(signal, bytes, 3)
    expect(over).toThrow(TooManyRecordsError)
    expect(over).toThrow(
      `The request holds more than 48 rows of ${name}, the limit of one request; send smaller batches or raise ingest.recordsPerRequestMax`,
    )
  })

  it('are no matter of records over the limit, whose own sentence comes', () => {
    expect(() => scan('metrics', metrics([{ gauge: { dataPoints: [{}, {}, {}, {}] } }]), 3)).toThrow(
      /more than 3 records/,
    )
  })
})
