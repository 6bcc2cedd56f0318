import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newLogBatch, scanLogs } from '../../src/otlp/scan/index.ts'
import { flatten, materialise } from './materialise.ts'
import { decodeLenient, type LogsRequest } from './proto.ts'
import { logsRequestBytes } from './wire-generator.ts'

const OUTCOMES = { invalidTraceId: 7, invalidSpanId: 8, tooManyAttributes: 9 }

/**
 * Scenario: well-formed requests as odd as the wire format allows. Guarantees: the scanner and protobufjs read
 * the same records out of them, and count the same invalid texts. Does not prove: anything about malformed
 * bytes (scan-fuzz.test.ts), nor merging of arrays (not done).
 */
describe('scanner and protobufjs', () => {
  it.each([3, 1024])('read the same records, with at most %d attributes each', (attributesPerRecordMax) => {
    // One batch for all runs: what a request leaves behind must not show in the next.
    const batch = newLogBatch()
    const limits = { recordsPerRequestMax: 1000, attributesPerRecordMax }
    let records = 0
    fc.assert(
      fc.property(logsRequestBytes, (bytes) => {
        let invalidTexts = 0
        const request = decodeLenient('ExportLogsServiceRequest', bytes, () => invalidTexts++) as LogsRequest
        scanLogs(batch, bytes, limits, OUTCOMES)
        expect(materialise(batch)).toEqual(flatten(request, attributesPerRecordMax, OUTCOMES))
        // Replaced occurrences of a repeated scalar are counted by the scanner only.
        expect(batch.invalidUtf8Count).toBeGreaterThanOrEqual(invalidTexts === 0 ? 0 : 1)
        records += batch.records.count
      }),
      { numRuns: 600 },
    )
    expect(records).toBeGreaterThan(600)
  })
})
