import { describe, expect, test } from 'vitest'
import { KEPT } from '../../../src/otlp/batch.ts'
import { newBatch, scanRequest } from '../../../src/otlp/scan/index.ts'
import { LOG } from '../../../src/otlp/slots.ts'
import { LogClock } from '../../../src/store/rows/clock/log-clock.ts'
import { fromWords } from '../../../src/store/rows/words.ts'
import type { ResolvedResource } from '../../../src/store/tables/rows.ts'
import { materialise } from '../../otlp/materialise.ts'
import { encodeLogsRequest, type KeyValue, type LogRecord } from '../../otlp/proto.ts'
import { oneOutcome } from '../../otlp/scan-outcomes.ts'
import { LIMITS } from '../support/store-harness.ts'

const NOW_MS = Date.UTC(2026, 10, 24, 12)
const NOW = BigInt(NOW_MS) * 1_000_000n
const HOUR = 3_600_000_000_000n
const DAY = 24n * HOUR
const TOO_OLD = 7

const clock = new LogClock({
  futureToleranceMs: 3_600_000,
  sourceTimeAttribute: 'weir.source_time',
  tooOld: TOO_OLD,
})

function settle(record: LogRecord, retentionDays = 30) {
  const batch = newBatch('logs')
  const body = encodeLogsRequest({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] })
  scanRequest(batch, body, LIMITS, oneOutcome(1))
  const result = clock.settle(batch, [{ retentionDays } as ResolvedResource], NOW_MS)
  const slot = (low: number): bigint => fromWords(batch.records.data[low]!, batch.records.data[low + 1]!)
  return {
    ...result,
    verdict: batch.verdicts[0],
    time: slot(LOG.timeLow),
    observed: slot(LOG.observedTimeLow),
    source: slot(LOG.sourceTimeLow),
    attributes: batch.records.data[LOG.attributesCount],
    text: batch.bytes.toString('latin1', body.length, batch.byteLength),
  }
}

const source = (value: string): KeyValue[] => [{ key: 'weir.source_time', value: { stringValue: value } }]

describe('clock rules', () => {
  test('a record with its times keeps them', () => {
    const times = { timeUnixNano: NOW - 5n, observedTimeUnixNano: NOW - 3n }
    expect(settle(times)).toMatchObject({
      verdict: KEPT,
      time: NOW - 5n,
      observed: NOW - 3n,
      source: NOW - 5n,
      corrected: 0,
      timeless: false,
    })
  })

  test('without a time it gets the observed time', () => {
    expect(settle({ observedTimeUnixNano: NOW - 3n })).toMatchObject({
      time: NOW - 3n,
      observed: NOW - 3n,
      timeless: false,
    })
  })

  test('without any time it gets the receive time, and is known as timeless', () => {
    expect(settle({})).toMatchObject({ verdict: KEPT, time: NOW, observed: NOW, source: NOW, timeless: true })
  })

  test.each([
    ['an hour ahead is a clock that differs', NOW + HOUR, NOW + HOUR, 0],
    ['more is not believed', NOW + HOUR + 1n, NOW, 1],
    ['the year 2100', BigInt(Date.UTC(2100, 0, 1)) * 1_000_000n, NOW, 1],
    ['2^63', 2n ** 63n, NOW, 1],
    ['2^64 - 1', 2n ** 64n - 1n, NOW, 1],
  ])('%s', (_, timeUnixNano, time, corrected) => {
    const settled = settle({ timeUnixNano, attributes: [{ key: 'k', value: { intValue: 1 } }] })
    expect(settled).toMatchObject({ verdict: KEPT, time, corrected })
    expect(settled.attributes).toBe(1 + corrected)
    if (corrected > 0) expect(settled.text).toBe(`weir.original_time_unix_nano${timeUnixNano}`)
  })

  test('an observed time far ahead becomes the receive time, and is kept under its own name', () => {
    const settled = settle({ timeUnixNano: NOW, observedTimeUnixNano: 2n ** 63n })
    expect(settled).toMatchObject({ time: NOW, observed: NOW, corrected: 1 })
    expect(settled.text).toBe(`weir.original_observed_time_unix_nano${2n ** 63n}`)
  })

  test('without a time, an observed time far ahead is no time to use', () => {
    const settled = settle({ observedTimeUnixNano: NOW + 2n * HOUR })
    expect(settled).toMatchObject({ time: NOW, observed: NOW, corrected: 1, timeless: false })
    expect(settled.text).toBe(`weir.original_observed_time_unix_nano${NOW + 2n * HOUR}`)
  })

  test.each([
    [30, NOW - 30n * DAY, KEPT],
    [30, NOW - 30n * DAY - 1n, TOO_OLD],
    [3, NOW - 3n * DAY, KEPT],
    [3, NOW - 4n * DAY, TOO_OLD],
    [36_500, 1n, KEPT],
  ])('with %i days of retention, a record of %i gets verdict %i', (days, timeUnixNano, verdict) => {
    expect(settle({ timeUnixNano }, days).verdict).toBe(verdict)
  })

  test("the container runtime's stamp is kept apart", () => {
    expect(settle({ timeUnixNano: NOW, attributes: source('2026-11-24T11:59:59.123456789Z') })).toMatchObject(
      {
        time: NOW,
        source: NOW - 1_000_000_000n + 123_456_789n,
      },
    )
  })

  test.each(['nonsense', '2100-01-01T00:00:00Z'])('a stamp that can not be (%s) is not used', (value) => {
    expect(settle({ timeUnixNano: NOW, attributes: source(value) }).source).toBe(NOW)
  })
})

describe('records of one request', () => {
  const int = (key: string, intValue: number): KeyValue => ({ key, value: { intValue } })
  const request = encodeLogsRequest({
    resourceLogs: [
      {
        scopeLogs: [
          {
            logRecords: [
              { timeUnixNano: NOW - 5n * DAY },
              { timeUnixNano: 1n },
              { timeUnixNano: NOW + 2n * HOUR, attributes: [int('a', 1), int('b', 2), int('c', 3)] },
              { timeUnixNano: NOW, attributes: [int('d', 4)] },
            ],
          },
        ],
      },
      { scopeLogs: [{ logRecords: [{ timeUnixNano: NOW - 5n * DAY }] }] },
    ],
  })
  const batch = newBatch('logs')
  scanRequest(batch, request, LIMITS, oneOutcome(1))
  const DROPPED = 9
  batch.verdicts[1] = DROPPED
  const kept = [{ retentionDays: 30 }, { retentionDays: 3 }] as ResolvedResource[]
  clock.settle(batch, kept, NOW_MS)
  const settled = materialise(batch)

  test('are judged by the retention of their own resource; what is dropped stays dropped', () => {
    expect(settled.map(({ verdict }) => verdict)).toEqual([KEPT, DROPPED, KEPT, KEPT, TOO_OLD])
  })

  test('keep their attributes where one gets another', () => {
    const original = {
      key: 'weir.original_time_unix_nano',
      value: { stringValue: String(NOW + 2n * HOUR) },
    }
    expect(settled.map(({ record }) => record.attributes)).toEqual([
      [],
      [],
      [
        { key: 'a', value: { intValue: 1n } },
        { key: 'b', value: { intValue: 2n } },
        { key: 'c', value: { intValue: 3n } },
        original,
      ],
      [{ key: 'd', value: { intValue: 4n } }],
      [],
    ])
  })
})
