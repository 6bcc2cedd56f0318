import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeRequest } from '../../../src/otlp/encode/request.ts'
import { decodeLogsRequest, decodeMetricsRequest, decodeTracesRequest } from '../proto.ts'

/** Requests as objects, and what protobufjs reads of their bytes. */

const attribute = { key: 'k', value: { intValue: '-9007199254740993' } }

describe('what protobufjs reads is what was written:', () => {
  test('logs', () => {
    const record = {
      timeUnixNano: '1700000000000000001',
      severityNumber: 9,
      body: {
        kvlistValue: {
          values: [
            { key: 'a', value: { boolValue: true } },
            { key: 'b', value: { doubleValue: -0.5 } },
          ],
        },
      },
      attributes: [attribute],
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    }
    const bytes = encodeRequest('logs', {
      resourceLogs: [
        {
          resource: { attributes: [attribute] },
          scopeLogs: [{ scope: { name: 's' }, logRecords: [record] }],
        },
      ],
    })
    expect(decodeLogsRequest(bytes)).toEqual({
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'k', value: { intValue: -9007199254740993n } }] },
          scopeLogs: [
            {
              scope: { name: 's' },
              logRecords: [
                {
                  ...record,
                  timeUnixNano: 1700000000000000001n,
                  attributes: [{ key: 'k', value: { intValue: -9007199254740993n } }],
                  traceId: Buffer.from(record.traceId, 'hex'),
                },
              ],
            },
          ],
        },
      ],
    })
  })

  test('spans', () => {
    const bytes = encodeRequest('traces', {
      resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'ä', kind: 2 }] }] }],
    })
    expect(decodeTracesRequest(bytes)).toEqual({
      resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'ä', kind: 2 }] }] }],
    })
  })

  test('points, for any values', () => {
    const point = fc.record({
      timeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
      count: fc.nat().map(String),
      sum: fc.double({ noNaN: true }),
      bucketCounts: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String), { minLength: 1 }),
      explicitBounds: fc.array(fc.double({ noNaN: true }), { minLength: 1 }),
    })
    fc.assert(
      fc.property(fc.string(), fc.array(point, { minLength: 1 }), (name, dataPoints) => {
        const metric = { name: `m${name}`, histogram: { aggregationTemporality: 2, dataPoints } }
        const bytes = encodeRequest('metrics', {
          resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }],
        })
        const [decoded] = decodeMetricsRequest(bytes).resourceMetrics![0]!.scopeMetrics![0]!.metrics!
        expect(decoded!.name).toBe(Buffer.from(metric.name).toString())
        const read = decoded!.histogram!.dataPoints!
        expect(read.map(({ timeUnixNano = 0 }) => String(timeUnixNano))).toEqual(
          dataPoints.map(({ timeUnixNano }) => timeUnixNano),
        )
        expect(read.map(({ bucketCounts }) => bucketCounts!.map(String))).toEqual(
          dataPoints.map(({ bucketCounts }) => bucketCounts),
        )
        expect(read.map(({ explicitBounds }) => explicitBounds)).toEqual(
          dataPoints.map(({ explicitBounds }) => explicitBounds),
        )
      }),
    )
  })
})

test('a value of the wrong type is named by its path', () => {
  const wrong = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 'INFO?' }] }] }] }
  expect(() => encodeRequest('logs', wrong)).toThrow(
    'resourceLogs[0].scopeLogs[0].logRecords[0].severityNumber',
  )
})
