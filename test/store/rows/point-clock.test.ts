import { describe, expect, test } from 'vitest'
import { KEPT } from '../../../src/otlp/batch.ts'
import { newBatch, scanRequest } from '../../../src/otlp/scan/index.ts'
import { POINT } from '../../../src/otlp/slots.ts'
import { PointClock } from '../../../src/store/rows/clock/point-clock.ts'
import { fromWords } from '../../../src/store/rows/words.ts'
import type { ResolvedResource } from '../../../src/store/tables/rows.ts'
import { encodeMetricsRequest, type NumberDataPoint } from '../../otlp/proto.ts'
import { oneOutcome } from '../../otlp/scan-outcomes.ts'
import { LIMITS } from '../support/store-harness.ts'

const NOW_MS = Date.UTC(2026, 10, 24, 12)
const NOW = BigInt(NOW_MS) * 1_000_000n
const HOUR = 3_600_000_000_000n
const DAY = 24n * HOUR
const TOO_OLD = 7
const clock = new PointClock({ futureToleranceMs: 3_600_000, tooOld: TOO_OLD })

function settle(times: NumberDataPoint[], retentionDays = 30) {
  const batch = newBatch('metrics')
  const dataPoints = times.map((point) => ({ ...point, asInt: 1 }))
  const body = encodeMetricsRequest({
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ gauge: { dataPoints } }] }] }],
  })
  scanRequest(batch, body, LIMITS, oneOutcome(1))
  const result = clock.settle(batch, [{ retentionDays } as ResolvedResource], NOW_MS)
  expect(batch.byteLength).toBe(body.length)
  const { data } = batch.records
  const settled = times.map((_, i) => {
    const slot = (name: number): bigint =>
      fromWords(data[i * POINT.stride + name]!, data[i * POINT.stride + name + 1]!)
    return { verdict: batch.verdicts[i], time: slot(POINT.timeLow), start: slot(POINT.startTimeLow) }
  })
  return { ...result, settled }
}

describe('clock rules of data points', () => {
  test.each([
    ['a time is kept', NOW - 5n, NOW - 5n, 0],
    ['none is the receive time', 0n, NOW, 0],
    ['an hour ahead is a clock that differs', NOW + HOUR, NOW + HOUR, 0],
    ['more is not believed', NOW + HOUR + 1n, NOW, 1],
    ['the year 2100', BigInt(Date.UTC(2100, 0, 1)) * 1_000_000n, NOW, 1],
    ['2^63', 2n ** 63n, NOW, 1],
    ['2^64 - 1', 2n ** 64n - 1n, NOW, 1],
  ])('%s; nothing is added, since that would make another series', (_, timeUnixNano, time, corrected) => {
    const result = settle([{ timeUnixNano: NOW }, { timeUnixNano, startTimeUnixNano: 7n }])
    expect(result).toMatchObject({ corrected, timeless: timeUnixNano === 0n })
    expect(result.settled).toEqual([
      { verdict: KEPT, time: NOW, start: 0n },
      { verdict: KEPT, time, start: 7n },
    ])
  })

  test.each([
    [30, NOW - 30n * DAY, KEPT],
    [30, NOW - 30n * DAY - 1n, TOO_OLD],
    [3, NOW - 3n * DAY, KEPT],
    [3, NOW - 4n * DAY, TOO_OLD],
  ])('with %i days of retention, a point of %i gets verdict %i', (days, timeUnixNano, verdict) => {
    expect(settle([{ timeUnixNano }], days).settled).toMatchObject([{ verdict }])
  })
})
