import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEPT } from '../../src/otlp/batch.ts'
import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { LOG, METRIC } from '../../src/otlp/slots.ts'
import { decodeLenient } from './lenient-decode.ts'
import { numbersOf, SCAN_OUTCOMES } from './scan-outcomes.ts'
import { SIGNALS } from './signals.ts'

const RUNS = 2500

/**
 * Scenario: well-formed requests as odd as the wire format allows. Guarantees: the scanner and protobufjs read
 * the same records out of them, and count the same invalid texts; verdicts are what rules written down apart from the
 * scanner's say. Does not prove: anything about malformed bytes (scan-fuzz.test.ts), nor a join of arrays (not done:
 * the later one wins).
 */
describe.each(SIGNALS)(
  'scanner and protobufjs: $signal',
  ({ signal, request, bytes, flatten, materialise, faults }) => {
    it.each([3, 1024])('read the same records, with at most %d attributes each', (attributesPerRecordMax) => {
      // One batch for all runs: what a request leaves behind must not show in the next.
      const batch = newBatch(signal)
      const limits = { recordsPerRequestMax: 1000, attributesPerRecordMax }
      const seen = {
        records: 0,
        kinds: new Set<number>(),
        verdicts: new Map<number, number>(),
        invalidTexts: 0,
      }
      fc.assert(
        fc.property(bytes, (wire) => {
          let invalidTexts = 0
          const decoded = decodeLenient(request, wire, () => invalidTexts++)
          scanRequest(batch, wire, limits, SCAN_OUTCOMES)
          expect(materialise(batch)).toEqual(flatten(decoded, attributesPerRecordMax, SCAN_OUTCOMES))
          // Texts that a later occurrence replaces are counted by the scanner only.
          expect(batch.invalidUtf8Count).toBeGreaterThanOrEqual(invalidTexts)
          seen.records += batch.records.count
          seen.invalidTexts += invalidTexts
          for (const verdict of batch.verdicts.subarray(0, batch.records.count))
            seen.verdicts.set(verdict, (seen.verdicts.get(verdict) ?? 0) + 1)
          if (signal === 'logs')
            for (let i = 0; i < batch.records.count; i++)
              seen.kinds.add(batch.records.data[i * LOG.stride + LOG.bodyKind]!)
          else
            for (let i = 0; i < batch.metrics.count; i++)
              seen.kinds.add(batch.metrics.data[i * METRIC.stride + METRIC.type]!)
        }),
        { numRuns: RUNS },
      )
      expect(seen.records).toBeGreaterThan(RUNS)
      expect(seen.invalidTexts).toBeGreaterThan(100)
      const kinds = { logs: [0, 1, 2, 3, 4, 5, 6, 7], traces: [], metrics: [5, 7, 9, 10, 11] }[signal]
      expect([...seen.kinds].sort((a, b) => a - b)).toEqual(kinds)
      const possible = faults.filter(
        (fault) => attributesPerRecordMax < 1024 || fault !== 'tooManyAttributes',
      )
      expect([...seen.verdicts.keys()].sort((a, b) => a - b)).toEqual([KEPT, ...numbersOf(possible)])
    })
  },
)
