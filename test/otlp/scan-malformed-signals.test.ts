import { describe, expect, it } from 'vitest'
import type { Signal } from '../../src/otlp/batch.ts'
import { MalformedError } from '../../src/otlp/malformed.ts'
import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { SCAN_OUTCOMES } from './scan-outcomes.ts'
import { hex, len, requestOf, tag } from './wire.ts'

const LIMITS = { recordsPerRequestMax: 1000, attributesPerRecordMax: 100 }

function messageOf(signal: Signal, bytes: Buffer): string {
  try {
    scanRequest(newBatch(signal), bytes, LIMITS, SCAN_OUTCOMES)
    return 'taken'
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError)
    return (error as MalformedError).message
  }
}

/** A span's fields start at byte 6 of the request. */
describe('a malformed span is refused with what, where and why', () => {
  it.each([
    ['08 01', 'Span.trace_id: wire type 0 where 2 is expected (at byte 7)'],
    ['32 00', 'Span.kind: wire type 2 where 0 is expected (at byte 7)'],
    ['38 05', 'Span.start_time_unix_nano: wire type 0 where 1 is expected (at byte 7)'],
    ['58 00', 'Span.events: wire type 0 where 2 is expected (at byte 7)'],
    ['59 0000000000000000', 'Span.events: wire type 1 where 2 is expected (at byte 7)'],
    ['5b 5c', 'Span.events: wire type 3 where 2 is expected (at byte 7)'],
    ['8001 05', 'Span.flags: wire type 0 where 5 is expected (at byte 8)'],
    ['8501 050000', 'Span.flags: needs 4 bytes where the message has 3 left (at byte 8)'],
    ['41 00', 'Span.end_time_unix_nano: needs 8 bytes where the message has 1 left (at byte 7)'],
    ['5a 03 12 01', 'Span.events: needs 3 bytes where the message has 2 left (at byte 7)'],
    ['5a 02 12 01', 'Event.name: needs 1 bytes where the message has 0 left (at byte 9)'],
    ['5a 02 08 01', 'Event.time_unix_nano: wire type 0 where 1 is expected (at byte 9)'],
    ['5a 04 1a 02 0a 01', 'KeyValue.key: needs 1 bytes where the message has 0 left (at byte 11)'],
    ['6a 02 30 01', 'Link.flags: wire type 0 where 5 is expected (at byte 9)'],
    ['6a 02 0a 10', 'Link.trace_id: needs 16 bytes where the message has 0 left (at byte 9)'],
    [
      '6a 01 28',
      'Link.dropped_attributes_count: number runs past the end of the message or is longer than 10 bytes (at byte 9)',
    ],
    ['7a 02 1a 00', 'Status.code: wire type 2 where 0 is expected (at byte 9)'],
    ['7a 02 12 05', 'Status.message: needs 5 bytes where the message has 0 left (at byte 9)'],
  ])('%s', (fields, message) => {
    expect(messageOf('traces', requestOf(hex(fields)))).toBe(message)
  })

  it('also where a later row is the malformed one', () => {
    const bytes = requestOf(hex('5a 02 12 00'), hex('6a 02 1a 00'), hex('5a 02 12 01'))
    expect(messageOf('traces', bytes)).toBe(
      'Event.name: needs 1 bytes where the message has 0 left (at byte 17)',
    )
  })
})

/** A metric's fields start at byte 6 of the request, those of its one point at byte 10. */
const kinds: Readonly<Record<string, number>> = {
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponential: 10,
  summary: 11,
}

describe('a malformed metric is refused with what, where and why', () => {
  it.each([
    ['28 00', 'Metric.gauge: wire type 0 where 2 is expected (at byte 7)'],
    ['3b 3c', 'Metric.sum: wire type 3 where 2 is expected (at byte 7)'],
    ['2a 05 00', 'Metric.gauge: needs 5 bytes where the message has 1 left (at byte 7)'],
    ['2a 02 08 00', 'Gauge.data_points: wire type 0 where 2 is expected (at byte 9)'],
    ['3a 02 12 00', 'Sum.aggregation_temporality: wire type 2 where 0 is expected (at byte 9)'],
    [
      '3a 01 18',
      'Sum.is_monotonic: number runs past the end of the message or is longer than 10 bytes (at byte 9)',
    ],
    ['60 00', 'Metric.metadata: wire type 0 where 2 is expected (at byte 7)'],
    // Of a kind that a later one replaces, its own fields are checked.
    ['3a 02 12 00 2a 00', 'Sum.aggregation_temporality: wire type 2 where 0 is expected (at byte 9)'],
  ])('%s', (fields, message) => {
    expect(messageOf('metrics', requestOf(hex(fields)))).toBe(message)
  })

  it('does not look at the points of a kind that a later one replaces', () => {
    expect(messageOf('metrics', requestOf(hex('2a 04 0a 02 08 00'), hex('3a 00')))).toBe('taken')
  })

  it.each([
    ['gauge', '20 00', 'NumberDataPoint.as_double: wire type 0 where 1 is expected (at byte 11)'],
    ['sum', '31 00', 'NumberDataPoint.as_int: needs 8 bytes where the message has 1 left (at byte 11)'],
    ['sum', '2a 02 38 01', 'Exemplar.filtered_attributes: wire type 0 where 2 is expected (at byte 13)'],
    ['sum', '2a 02 22 08', 'Exemplar.span_id: needs 8 bytes where the message has 0 left (at byte 13)'],
    ['histogram', '30 00', 'HistogramDataPoint.bucket_counts: wire type 0 where 2 is expected (at byte 11)'],
    [
      'histogram',
      '32 07 01020304050607',
      'HistogramDataPoint.bucket_counts: needs 8 bytes where the message has 7 left (at byte 12)',
    ],
    [
      'histogram',
      '32 09 010203040506070809',
      'HistogramDataPoint.bucket_counts: needs 8 bytes where the message has 1 left (at byte 20)',
    ],
    [
      'histogram',
      '3a 0c 010203040506070801020304',
      'HistogramDataPoint.explicit_bounds: needs 8 bytes where the message has 4 left (at byte 20)',
    ],
    [
      'histogram',
      '39 0102',
      'HistogramDataPoint.explicit_bounds: needs 8 bytes where the message has 2 left (at byte 11)',
    ],
    [
      'histogram',
      '3b 3c',
      'HistogramDataPoint.explicit_bounds: wire type 3 where 2 is expected (at byte 11)',
    ],
    ['histogram', '28 00', 'HistogramDataPoint.sum: wire type 0 where 1 is expected (at byte 11)'],
    [
      'exponential',
      '35 00000000',
      'ExponentialHistogramDataPoint.scale: wire type 5 where 0 is expected (at byte 11)',
    ],
    ['exponential', '42 02 0a 00', 'Buckets.offset: wire type 2 where 0 is expected (at byte 13)'],
    [
      'exponential',
      '42 04 12 02 05 80',
      'Buckets.bucket_counts: number runs past the end of the message or is longer than 10 bytes (at byte 15)',
    ],
    [
      'exponential',
      '4a 0d 12 0b 8080808080808080808000',
      'Buckets.bucket_counts: number runs past the end of the message or is longer than 10 bytes (at byte 14)',
    ],
    [
      'exponential',
      '4a 02 10 80',
      'Buckets.bucket_counts: number runs past the end of the message or is longer than 10 bytes (at byte 13)',
    ],
    [
      'exponential',
      '4a 02 12 80',
      'Buckets.bucket_counts: length runs past the end of the message or is longer than 10 bytes (at byte 13)',
    ],
    ['exponential', '4a 03 15 0000', 'Buckets.bucket_counts: wire type 5 where 2 is expected (at byte 13)'],
    ['summary', '28 00', 'SummaryDataPoint.sum: wire type 0 where 1 is expected (at byte 11)'],
    ['summary', '32 02 08 00', 'ValueAtQuantile.quantile: wire type 0 where 1 is expected (at byte 13)'],
    [
      'summary',
      '32 02 11 00',
      'ValueAtQuantile.value: needs 8 bytes where the message has 1 left (at byte 13)',
    ],
  ])('%s point %s', (kind, fields, message) => {
    expect(messageOf('metrics', requestOf(len(kinds[kind]!, len(1, hex(fields)))))).toBe(message)
  })

  it.each([
    ['numbers packed and not, mixed', 'histogram', '32 08 0100000000000000 31 0200000000000000 32 00'],
    [
      'packed varints of 10 bytes with bits above the 64th',
      'exponential',
      '42 0c 12 0a ffffffffffffffffff7f',
    ],
    ['a scale of 10 bytes', 'exponential', '30 80808080808080808000'],
  ])('takes %s', (_, kind, fields) => {
    expect(messageOf('metrics', requestOf(len(kinds[kind]!, len(1, hex(fields)))))).toBe('taken')
  })
})

describe('nesting', () => {
  const groups = (count: number): Buffer =>
    Buffer.concat([...Array<Buffer>(count).fill(tag(31, 3)), ...Array<Buffer>(count).fill(tag(31, 4))])

  /** A message in the request that is nested `depth` deep may hold groups up to the hundredth level. */
  it.each<[string, Signal, number, (content: Buffer) => Buffer]>([
    ['Span', 'traces', 4, (content) => requestOf(content)],
    ['Event', 'traces', 5, (content) => requestOf(len(11, content))],
    ['Gauge', 'metrics', 5, (content) => requestOf(len(5, content))],
    ['NumberDataPoint', 'metrics', 6, (content) => requestOf(len(5, len(1, content)))],
    ['Exemplar', 'metrics', 7, (content) => requestOf(len(5, len(1, len(5, content))))],
  ])('of %s goes 100 deep and no deeper', (name, signal, depth, around) => {
    expect(messageOf(signal, around(groups(100 - depth)))).toBe('taken')
    expect(messageOf(signal, around(groups(101 - depth)))).toMatch(
      new RegExp(`^${name}, field 31: malformed value of wire type 3`),
    )
  })
})
