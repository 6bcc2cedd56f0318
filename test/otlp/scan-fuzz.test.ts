import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedError } from '../../src/otlp/malformed.ts'
import { newBatch, scanRequest, TooManyRecordsError } from '../../src/otlp/scan/index.ts'
import { decodeLenient } from './lenient-decode.ts'
import { withoutReplacedMembers } from './replaced-members.ts'
import { SCAN_OUTCOMES } from './scan-outcomes.ts'
import { SIGNALS } from './signals.ts'

const LIMITS = { recordsPerRequestMax: 12, attributesPerRecordMax: 5 }

type Damage = { kind: 'truncate' | 'flip' | 'replace' | 'insert' | 'remove'; at: number; value: number }

/** One small damage, as broken networks, disks and encoders do it. */
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('truncate', 'flip', 'replace', 'insert', 'remove'),
  at: fc.nat(),
  value: fc.nat({ max: 255 }),
})

function damaged(bytes: Buffer, list: ReadonlyArray<Damage>): Buffer {
  let result = Buffer.from(bytes)
  for (const { kind, at: seed, value } of list) {
    if (result.length === 0) break
    const at = seed % result.length
    const head = result.subarray(0, at)
    if (kind === 'truncate') result = Buffer.from(head)
    else if (kind === 'flip') result[at] = result[at]! ^ (1 << (value & 7))
    else if (kind === 'replace') result[at] = value
    else if (kind === 'insert') result = Buffer.concat([head, Buffer.from([value]), result.subarray(at)])
    else result = Buffer.concat([head, result.subarray(at + 1)])
  }
  return result
}

function refusalOf(scan: () => void): string {
  try {
    scan()
    return ''
  } catch (error) {
    if (error instanceof MalformedError || error instanceof TooManyRecordsError) return error.message
    throw error
  }
}

function oracleOf(request: string, bytes: Buffer): object | Error {
  try {
    return decodeLenient(request, bytes)
  } catch (error) {
    return error as Error
  }
}

/** The same without what Weir does not look at: it may take more than protobufjs, but need not. */
function lenientOracleOf(request: string, bytes: Buffer): object | Error {
  try {
    return oracleOf(request, withoutReplacedMembers(bytes))
  } catch (error) {
    return error as Error
  }
}

/**
 * Where the two may differ on purpose:
 * - a known field with another wire type is unknown to protobufjs and malformed to Weir (as to the Collector);
 * - protobufjs steps over varints of unknown fields however long they are;
 * - tags and lengths of 6 to 10 bytes are refused by protobufjs only;
 * - points of a metric's kind that a later kind replaces are looked at by protobufjs only;
 * - more records than the limit, or more rows of them, are no matter of protobuf.
 */
const WEIR_ONLY =
  /wire type \d where \d is expected|field \d+: malformed value of wire type [03]|holds more than (12 records|48 rows of)/
const PROTOBUFJS_ONLY = /invalid (tag|length) encoding/

/** Guarantees: no byte string makes the scanner throw anything of its own, and it takes what protobufjs takes, with the same result. */
describe.each(SIGNALS)('scanner on damaged requests: $signal', (under) => {
  const { signal, request, bytes: valid } = under

  it('refuses what protobufjs refuses, and reads the rest alike', () => {
    const batch = newBatch(signal)
    const seen = { refused: 0, read: 0 }
    fc.assert(
      fc.property(valid, fc.array(damage, { minLength: 1, maxLength: 3 }), (whole, list) => {
        const bytes = damaged(whole, list)
        const refusal = refusalOf(() => scanRequest(batch, bytes, LIMITS, SCAN_OUTCOMES))
        let oracle = oracleOf(request, bytes)
        if (refusal === '' && signal === 'metrics' && oracle instanceof Error)
          oracle = lenientOracleOf(request, bytes)
        if (oracle instanceof Error) {
          if (refusal === '') expect(oracle.message).toMatch(PROTOBUFJS_ONLY)
          seen.refused++
          return
        }
        if (refusal !== '') {
          expect(refusal).toMatch(WEIR_ONLY)
          return
        }
        seen.read++
        const expected = under.flatten(oracle, LIMITS.attributesPerRecordMax, SCAN_OUTCOMES)
        expect(under.materialise(batch)).toEqual(expected)
      }),
      { numRuns: 5000 },
    )
    expect(Math.min(seen.refused, seen.read)).toBeGreaterThan(500)
  })

  it('says where, inside the request', () => {
    const batch = newBatch(signal)
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), valid), damage, (whole, one) => {
        const bytes = damaged(Buffer.from(whole), [one])
        try {
          scanRequest(batch, bytes, LIMITS, SCAN_OUTCOMES)
        } catch (error) {
          if (error instanceof TooManyRecordsError) return
          expect(error).toBeInstanceOf(MalformedError)
          const { offset, message } = error as MalformedError
          expect(message).toMatch(/^[A-Z][A-Za-z]+(\.[a-z_]+|, field \d+)?: .+ \(at byte \d+\)$/)
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(offset).toBeLessThanOrEqual(bytes.length)
        }
      }),
      { numRuns: 5000 },
    )
  })
})
