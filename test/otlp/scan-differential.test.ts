import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { LOG } from '../../src/otlp/slots.ts'
import { decodeLenient } from './lenient-decode.ts'
import { flatten, materialise } from './materialise.ts'
import type { LogsRequest } from './proto.ts'
import { SCAN_OUTCOMES } from './scan-outcomes.ts'
import { logsRequestBytes } from './wire-generator.ts'

/**
 * Scenario: well-formed requests as odd as the wire format allows. Guarantees: the scanner and protobufjs read
 * the same records out of them, and count the same invalid texts. Does not prove: anything about malformed
 * bytes (scan-fuzz.test.ts), nor a join of arrays (not done: the later one wins).
 */
describe('scanner and protobufjs', () => {
  it.each([3, 1024])('read the same records, with at most %d attributes each', (attributesPerRecordMax) => {
    // One batch for all runs: what a request leaves behind must not show in the next.
    const batch = newBatch('logs')
    const limits = { recordsPerRequestMax: 1000, attributesPerRecordMax }
    const seen = { records: 0, kinds: new Set<number>(), verdicts: new Set<number>(), invalidTexts: 0 }
    fc.assert(
      fc.property(logsRequestBytes, (bytes) => {
        let invalidTexts = 0
        const request = decodeLenient('ExportLogsServiceRequest', bytes, () => invalidTexts++) as LogsRequest
        scanRequest(batch, bytes, limits, SCAN_OUTCOMES)
        expect(materialise(batch)).toEqual(flatten(request, attributesPerRecordMax, SCAN_OUTCOMES))
        // Texts that a later occurrence replaces are counted by the scanner only.
        expect(batch.invalidUtf8Count).toBeGreaterThanOrEqual(invalidTexts)
        seen.records += batch.records.count
        seen.invalidTexts += invalidTexts
        for (const { verdict } of materialise(batch)) seen.verdicts.add(verdict)
        for (let i = 0; i < batch.records.count; i++)
          seen.kinds.add(batch.records.data[i * LOG.stride + LOG.bodyKind]!)
      }),
      { numRuns: 2500 },
    )
    expect(seen.records).toBeGreaterThan(2500)
    expect(seen.invalidTexts).toBeGreaterThan(100)
    expect([...seen.kinds].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    if (attributesPerRecordMax < 1024) expect([...seen.verdicts].sort()).toEqual([0, 7, 8, 9])
  })
})
