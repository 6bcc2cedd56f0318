import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Signal } from '../../../src/otlp/batch.ts'
import { recordRequest } from '../../../src/otlp/json/record-json.ts'
import { translateJson, translateValue } from '../../../src/otlp/json/translate.ts'
import { newBatch, requestMessage, scanRequest } from '../../../src/otlp/scan/index.ts'
import { RECORD } from '../../../src/otlp/slots.ts'
import { encodeMessage } from '../proto.ts'
import { logsRequest, metricsRequest, tracesRequest } from '../random-messages.ts'
import { SCAN_OUTCOMES } from '../scan-outcomes.ts'
import { SIGNALS } from '../signals.ts'

/**
 * Scenario: one record of any message, encoded by protobufjs, taken out of its batch as OTLP/JSON and sent in again.
 * Guarantees: it is the same record under the same resource and scope; with the shortest lengths it is as large as another
 * encoder makes it.
 */

const LIMITS = { recordsPerRequestMax: 1000, attributesPerRecordMax: 1000 }
const REQUESTS: Readonly<Record<Signal, fc.Arbitrary<object>>> = {
  logs: logsRequest,
  traces: tracesRequest,
  metrics: metricsRequest,
}

describe.each(SIGNALS)('a record as OTLP/JSON: $signal', ({ signal, request, materialise }) => {
  test('is the same record', () => {
    const batch = newBatch(signal)
    const again = newBatch(signal)
    let records = 0
    fc.assert(
      fc.property(REQUESTS[signal], (message) => {
        scanRequest(batch, encodeMessage(request, message), LIMITS, SCAN_OUTCOMES)
        const all = materialise(batch) as object[]
        all.forEach((one, i) => {
          const text = JSON.stringify(recordRequest(batch, i))
          scanRequest(again, translateJson(requestMessage(signal), Buffer.from(text)), LIMITS, SCAN_OUTCOMES)
          expect(materialise(again)).toEqual([{ ...one, verdict: expect.anything() }])
          records++
        })
      }),
      { numRuns: 150 },
    )
    expect(records).toBeGreaterThan(100)
  })
})

test('with the shortest lengths is as large as another encoder makes it', () => {
  const logRecords = [0, 10, 200, 20_000].map((length) => ({
    timeUnixNano: '1700000000000000000',
    body: { stringValue: 'x'.repeat(length) },
    attributes: [{ key: 'key', value: { stringValue: 'y'.repeat(length) } }],
  }))
  const message = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }
  const type = requestMessage('logs')
  const bytes = translateValue(type, message, 0, true)
  const [one, other] = [newBatch('logs'), newBatch('logs')]
  scanRequest(one, bytes, LIMITS, SCAN_OUTCOMES)
  const { request } = SIGNALS.find(({ signal }) => signal === 'logs')!
  const expected = encodeMessage(request, message)
  scanRequest(other, expected, LIMITS, SCAN_OUTCOMES)
  expect(bytes.length).toBe(expected.length)
  const sizes = ({ records: { data, stride } }: typeof one): number[] =>
    logRecords.map((_, i) => data[i * stride + RECORD.wireBytes]!)
  expect(sizes(one)).toEqual(sizes(other))
  expect(translateValue(type, message, 0).length).toBeGreaterThan(bytes.length)
})
