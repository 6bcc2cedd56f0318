import { propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readTraceparent } from '../../../src/telemetry/tracing/traceparent.ts'

/** The SDK's own propagator, which shares nothing with Weir, as the oracle. */
const sdk = new NodeSDK({ spanProcessors: [], metricReaders: [], logRecordProcessors: [] })
beforeAll(() => sdk.start())
afterAll(() => sdk.shutdown())

function bySdk(traceparent: string) {
  return trace.getSpanContext(propagation.extract(ROOT_CONTEXT, { traceparent }))
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const PARENT_ID = 'b7ad6b7169203331'

const hex = (length: number) =>
  fc.oneof(
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length }),
    fc.constant('0'.repeat(length)),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefA g'), maxLength: length + 1 }),
  )

it('reads what the SDK reads, and nothing else', () => {
  const part = fc.tuple(
    fc.oneof(fc.constantFrom('00', '01', 'ff', '0', 'fe'), hex(2)),
    fc.oneof(fc.constant(TRACE_ID), hex(32)),
    fc.oneof(fc.constant(PARENT_ID), hex(16)),
    fc.oneof(fc.constantFrom('00', '01', '03', 'fe'), hex(2)),
    fc.constantFrom('', '', '', '-', '-more', 'x'),
  )
  fc.assert(
    fc.property(part, ([version, traceId, parentId, flags, rest]) => {
      // Space around a header never arrives.
      const text = `${version}-${traceId}-${parentId}-${flags}${rest}`.trim()
      const expected = bySdk(text)
      const read = readTraceparent(text)
      expect(read?.traceId).toBe(expected?.traceId)
      expect(read?.spanId).toBe(expected?.spanId)
      expect((read?.traceFlags ?? 0) & 1).toBe((expected?.traceFlags ?? 0) & 1)
    }),
    { numRuns: 2000 },
  )
})

it('keeps the tracestate of a sampled parent', () => {
  const text = `00-${TRACE_ID}-${PARENT_ID}-01`
  expect(readTraceparent(text, 'a=1,b=2')?.traceState?.serialize()).toBe('a=1,b=2')
  expect(readTraceparent(text, `a=${'x'.repeat(600)}`)?.traceState).toBeUndefined()
  expect(readTraceparent(text)?.isRemote).toBe(true)
})

it.each([undefined, '', [`00-${TRACE_ID}-${PARENT_ID}-01`]])('%j is none', (traceparent) => {
  expect(readTraceparent(traceparent)).toBeUndefined()
})
