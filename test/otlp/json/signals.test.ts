import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Signal } from '../../../src/otlp/batch.ts'
import { MalformedJsonError } from '../../../src/otlp/json/json-path.ts'
import { translateJson } from '../../../src/otlp/json/translate.ts'
import { newBatch, requestMessage, scanRequest } from '../../../src/otlp/scan/index.ts'
import { decodeMetricsRequest, encodeMessage } from '../proto.ts'
import { logsRequest, metricsRequest, tracesRequest } from '../random-messages.ts'
import { SCAN_OUTCOMES } from '../scan-outcomes.ts'
import { SIGNALS } from '../signals.ts'
import { otlpJson } from './otlp-json.ts'

const LIMITS = { recordsPerRequestMax: 1000, attributesPerRecordMax: 3 }
const REQUESTS: Readonly<Record<Signal, fc.Arbitrary<object>>> = {
  logs: logsRequest,
  traces: tracesRequest,
  metrics: metricsRequest,
}

const translate = (signal: Signal, json: string): Buffer =>
  translateJson(requestMessage(signal), Buffer.from(json))

/**
 * Scenario: any message, in any of the spellings that OTLP/JSON allows. Guarantees: what is scanned of it is what is
 * scanned of the same message as protobufjs encodes it. Does not prove: that the scanner reads protobuf rightly
 * (scan-differential.test.ts).
 */
describe.each(SIGNALS)('OTLP/JSON and protobuf: $signal', ({ signal, request, materialise }) => {
  test('are the same records', () => {
    const fromJson = newBatch(signal)
    const fromProtobuf = newBatch(signal)
    let records = 0
    const spellings = fc.oneof(
      fc.constant([0]),
      fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 50 }),
    )
    fc.assert(
      fc.property(REQUESTS[signal], spellings, (message, choices) => {
        let next = 0
        const choose = (count: number): number => choices[next++ % choices.length]! % count
        scanRequest(fromJson, translate(signal, otlpJson(message, choose)), LIMITS, SCAN_OUTCOMES)
        scanRequest(fromProtobuf, encodeMessage(request, message), LIMITS, SCAN_OUTCOMES)
        expect(materialise(fromJson)).toEqual(materialise(fromProtobuf))
        records += fromJson.records.count
      }),
      { numRuns: 1000 },
    )
    expect(records).toBeGreaterThan(500)
  })
})

const SPAN = 'resourceSpans[0].scopeSpans[0].spans[0]'
const METRIC = 'resourceMetrics[0].scopeMetrics[0].metrics[0]'
const spans = (fields: object): object => ({ resourceSpans: [{ scopeSpans: [{ spans: [fields] }] }] })
const metrics = (fields: object): object => ({ resourceMetrics: [{ scopeMetrics: [{ metrics: [fields] }] }] })
const points = (kind: string, point: object): object => metrics({ [kind]: { dataPoints: [point] } })

describe('what is no message', () => {
  const uint64 = 'an integer from -9223372036854775808 to 18446744073709551615'
  const uint32 = 'an integer from 0 to 4294967295'
  const int32 = 'an integer from -2147483648 to 2147483647'

  test.each<[Signal, object, string]>([
    ['traces', spans({ kind: 'SERVER' }), `${SPAN}.kind: "SERVER" where ${int32} is expected`],
    ['traces', spans({ status: 2 }), `${SPAN}.status: 2 where an object is expected`],
    [
      'traces',
      spans({ status: { code: 'ERROR' } }),
      `${SPAN}.status.code: "ERROR" where ${int32} is expected`,
    ],
    ['traces', spans({ flags: -1 }), `${SPAN}.flags: -1 where ${uint32} is expected`],
    [
      'traces',
      spans({ droppedEventsCount: -1 }),
      `${SPAN}.droppedEventsCount: -1 where ${uint32} is expected`,
    ],
    [
      'traces',
      spans({ parentSpanId: 'AAAAAAAAAAA=' }),
      `${SPAN}.parentSpanId: "AAAAAAAAAAA=" where hex digits, two a byte, is expected`,
    ],
    ['traces', spans({ events: {} }), `${SPAN}.events: an object where an array is expected`],
    [
      'traces',
      spans({ events: [{}, { timeUnixNano: 'yesterday' }] }),
      `${SPAN}.events[1].timeUnixNano: "yesterday" where ${uint64} is expected`,
    ],
    ['traces', spans({ links: ['x'] }), `${SPAN}.links[0]: "x" where an object is expected`],
    ['metrics', metrics({ sum: [] }), `${METRIC}.sum: an array where an object is expected`],
    [
      'metrics',
      metrics({ sum: { isMonotonic: 'yes' } }),
      `${METRIC}.sum.isMonotonic: "yes" where true or false is expected`,
    ],
    [
      'metrics',
      metrics({ histogram: { aggregationTemporality: 'DELTA' } }),
      `${METRIC}.histogram.aggregationTemporality: "DELTA" where ${int32} is expected`,
    ],
    [
      'metrics',
      points('gauge', { asInt: '9223372036854775808' }),
      `${METRIC}.gauge.dataPoints[0].asInt: "9223372036854775808" where an integer from -9223372036854775808 to 9223372036854775807 is expected`,
    ],
    [
      'metrics',
      points('gauge', { asDouble: 'high' }),
      `${METRIC}.gauge.dataPoints[0].asDouble: "high" where a number is expected`,
    ],
    [
      'metrics',
      points('gauge', { exemplars: [{ traceId: 5 }] }),
      `${METRIC}.gauge.dataPoints[0].exemplars[0].traceId: 5 where hex digits, two a byte, is expected`,
    ],
    [
      'metrics',
      points('histogram', { bucketCounts: [1, 2.5] }),
      `${METRIC}.histogram.dataPoints[0].bucketCounts[1]: 2.5 where ${uint64} is expected`,
    ],
    [
      'metrics',
      points('histogram', { bucketCounts: ['1', null] }),
      `${METRIC}.histogram.dataPoints[0].bucketCounts[1]: null where ${uint64} is expected`,
    ],
    [
      'metrics',
      points('histogram', { bucketCounts: '1' }),
      `${METRIC}.histogram.dataPoints[0].bucketCounts: "1" where an array is expected`,
    ],
    [
      'metrics',
      points('histogram', { explicitBounds: [true] }),
      `${METRIC}.histogram.dataPoints[0].explicitBounds[0]: true where a number is expected`,
    ],
    [
      'metrics',
      points('exponentialHistogram', { scale: 2 ** 31 }),
      `${METRIC}.exponentialHistogram.dataPoints[0].scale: 2147483648 where ${int32} is expected`,
    ],
    [
      'metrics',
      points('exponentialHistogram', { negative: { bucketCounts: ['18446744073709551616'] } }),
      `${METRIC}.exponentialHistogram.dataPoints[0].negative.bucketCounts[0]: "18446744073709551616" where ${uint64} is expected`,
    ],
    [
      'metrics',
      points('summary', { quantileValues: [{ quantile: '' }] }),
      `${METRIC}.summary.dataPoints[0].quantileValues[0].quantile: "" where a number is expected`,
    ],
  ])('%s %j is malformed, and the path is named', (signal, json, message) => {
    const refused = (): Buffer => translate(signal, JSON.stringify(json))
    expect(refused).toThrow(MalformedJsonError)
    expect(refused).toThrow(new MalformedJsonError(message))
  })

  test('a count below zero is a verdict on its point, as in protobuf', () => {
    const batch = newBatch('metrics')
    const json = points('histogram', { count: '-5' })
    scanRequest(batch, translate('metrics', JSON.stringify(json)), LIMITS, SCAN_OUTCOMES)
    expect([...batch.verdicts.subarray(0, 1)]).toEqual([SCAN_OUTCOMES.negativeCount])
  })

  test('null is an absent field and an empty message, also among the rows', () => {
    const json = points('gauge', { asInt: null, asDouble: null, exemplars: [null], attributes: null })
    expect(decodeMetricsRequest(translate('metrics', JSON.stringify(json)))).toEqual(
      metrics({ gauge: { dataPoints: [{ exemplars: [{}] }] } }),
    )
  })
})
