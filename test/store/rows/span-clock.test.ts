import { describe, expect, test } from 'vitest'
import { KEPT } from '../../../src/otlp/batch.ts'
import { newBatch, scanRequest } from '../../../src/otlp/scan/index.ts'
import { SPAN } from '../../../src/otlp/slots.ts'
import { SpanClock } from '../../../src/store/rows/clock/span-clock.ts'
import { fromWords } from '../../../src/store/rows/words.ts'
import type { ResolvedResource } from '../../../src/store/tables/rows.ts'
import { encodeTracesRequest, type KeyValue, type Span } from '../../otlp/proto.ts'
import { oneOutcome } from '../../otlp/scan-outcomes.ts'
import { LIMITS } from '../support/store-harness.ts'

const NOW_MS = Date.UTC(2026, 10, 24, 12)
const NOW = BigInt(NOW_MS) * 1_000_000n
const HOUR = 3_600_000_000_000n
const DAY = 24n * HOUR
const TOO_OLD = 7
/** A time whose low word is 0. */
const WORD = (NOW >> 32n) << 32n
const clock = new SpanClock({ futureToleranceMs: 3_600_000, tooOld: TOO_OLD })

function settle(spans: Span[], retentionDays = 30) {
  const batch = newBatch('traces')
  const body = encodeTracesRequest({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
  scanRequest(batch, body, LIMITS, oneOutcome(1))
  const result = clock.settle(batch, [{ retentionDays } as ResolvedResource], NOW_MS)
  const { data } = batch.records
  const settled = spans.map((_, i) => {
    const slot = (name: number): bigint =>
      fromWords(data[i * SPAN.stride + name]!, data[i * SPAN.stride + name + 1]!)
    return {
      verdict: batch.verdicts[i],
      time: slot(SPAN.timeLow),
      duration: BigInt.asIntN(64, slot(SPAN.durationLow)),
      attributes: data[i * SPAN.stride + SPAN.attributesCount],
    }
  })
  return { ...result, settled, added: batch.bytes.toString('latin1', body.length, batch.byteLength) }
}

const kept = (time: bigint, duration: bigint): object => ({ verdict: KEPT, time, duration })

describe('clock rules of spans', () => {
  test.each<readonly [string, Span, object]>([
    ['keeps its start', { startTimeUnixNano: NOW - 5n, endTimeUnixNano: NOW - 2n }, kept(NOW - 5n, 3n)],
    ['ends where it starts', { startTimeUnixNano: NOW, endTimeUnixNano: NOW }, kept(NOW, 0n)],
    ['has no end yet', { startTimeUnixNano: NOW - 5n }, kept(NOW - 5n, 0n)],
    ['has no start', { endTimeUnixNano: NOW }, kept(NOW, 0n)],
    [
      'ends after more than 2^32 ns, with a borrow between the words',
      { startTimeUnixNano: WORD - (100n << 32n) + 0xffffffffn, endTimeUnixNano: WORD - (90n << 32n) + 1n },
      { verdict: KEPT, duration: (10n << 32n) + 1n - 0xffffffffn },
    ],
    [
      'ends ahead of the clock',
      { startTimeUnixNano: NOW, endTimeUnixNano: NOW + 99n * DAY },
      kept(NOW, 99n * DAY),
    ],
    [
      'ends at 2^63 - 1',
      { startTimeUnixNano: NOW, endTimeUnixNano: 2n ** 63n - 1n },
      kept(NOW, 2n ** 63n - 1n - NOW),
    ],
    ['ends at 2^63, which is no end', { startTimeUnixNano: NOW, endTimeUnixNano: 2n ** 63n }, kept(NOW, 0n)],
    [
      'ends at 2^64 - 1, which is no end',
      { startTimeUnixNano: NOW, endTimeUnixNano: 2n ** 64n - 1n },
      kept(NOW, 0n),
    ],
    [
      'starts an hour ahead',
      { startTimeUnixNano: NOW + HOUR, endTimeUnixNano: NOW + HOUR },
      kept(NOW + HOUR, 0n),
    ],
  ])('%s', (_, span, expected) => {
    const { settled, corrected } = settle([span], 1000)
    expect(settled).toMatchObject([expected])
    expect(settled[0]!.attributes).toBe(0)
    expect(corrected).toBe(0)
  })

  test.each([NOW + HOUR + 1n, BigInt(Date.UTC(2100, 0, 1)) * 1_000_000n])(
    'a start too far ahead (%i) becomes the receive time; its own is kept, and the duration too',
    (startTimeUnixNano) => {
      const attributes: KeyValue[] = [{ key: 'k', value: { intValue: 1 } }]
      const span = { startTimeUnixNano, endTimeUnixNano: startTimeUnixNano + 7n, attributes }
      const { settled, corrected, added } = settle([
        { startTimeUnixNano: NOW },
        span,
        { startTimeUnixNano: NOW },
      ])
      expect(settled).toMatchObject([kept(NOW, 0n), { ...kept(NOW, 7n), attributes: 2 }, kept(NOW, 0n)])
      expect(corrected).toBe(1)
      expect(added).toBe(`weir.original_time_unix_nano${startTimeUnixNano}`)
    },
  )

  test.each([
    [30, NOW - 30n * DAY, KEPT],
    [30, NOW - 30n * DAY - 1n, TOO_OLD],
    [3, NOW - 4n * DAY, TOO_OLD],
  ])(
    'with %i days of retention, a span that starts at %i gets verdict %i',
    (days, startTimeUnixNano, verdict) => {
      // It is the start that decides on which day the row stands, and when it goes.
      expect(settle([{ startTimeUnixNano, endTimeUnixNano: NOW }], days).settled).toMatchObject([{ verdict }])
    },
  )

  test.each<readonly [string, Span, boolean]>([
    ['without start and id', {}, true],
    ['without start', { spanId: new Uint8Array(8).fill(1) }, false],
    ['without id', { startTimeUnixNano: NOW }, false],
  ])('a span %s: may two equal requests both be meant?', (_, span, timeless) => {
    expect(settle([span, { startTimeUnixNano: NOW }]).timeless).toBe(timeless)
  })
})
