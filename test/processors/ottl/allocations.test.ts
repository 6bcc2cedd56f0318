import { expect, it } from 'vitest'
import { newBatch } from '../../../src/otlp/scan/index.ts'
import { Conditions } from '../../../src/processors/ottl/conditions.ts'
import { logContext } from '../../../src/processors/ottl/contexts/log.ts'
import { scanned } from './evaluate.ts'

/** What works on numbers and times, or looks at texts where they are, makes nothing per record. */
const RULES = [
  'severity_number * 3 + 1 > 100',
  '(observed_time_unix_nano - time_unix_nano) / 1000000 > 5000',
  'attributes["size"] / 1024.0 > 1000000',
  '-attributes["size"] > 0',
  'observed_time - time > Duration("1h")',
  'time + Duration("1m") < observed_time',
  'Hour(time) < 6 and Weekday(time) == 0',
  'UnixMilli(time) < 1000',
  'TruncateTime(time, Duration("1h")) == Unix(1)',
  'Seconds(observed_time - time) > 3600',
  'Now() - time < Duration("1s")',
  'Int(attributes["digits"]) > 1000',
  'TrimPrefix(attributes["name"], "ingest_") == "x"',
  'Substring(attributes["name"], 0, 3) == "x"',
  'FNV(attributes["name"]) == 1',
  'ContainsValue(["GET", "PUT", "POST"], attributes["name"])',
  'ContainsValue(attributes["tags"], "x")',
  'Coalesce([attributes["missing"], attributes["name"]]) == "x"',
  'Len(Trim(attributes["name"])) == 3',
]

const RECORDS = 2000
const BYTES_MAX = 16 * 1024

it('conditions on numbers, times and parts of texts allocate nothing per record', () => {
  const text = (stringValue: string) => ({ stringValue })
  const logRecords = Array.from({ length: RECORDS }, (_, i) => ({
    timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(i) * 1_000_003n),
    observedTimeUnixNano: String(1_700_000_001_000_000_000n + BigInt(i) * 1_000_003n),
    severityNumber: 9 + (i % 8),
    attributes: [
      { key: 'size', value: { intValue: i * 1000 } },
      { key: 'digits', value: text(String(i % 997)) },
      { key: 'name', value: text(`ingest_service_${i}`) },
      { key: 'tags', value: { arrayValue: { values: [text('a'), text('b')] } } },
    ],
  }))
  const batch = scanned({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }, newBatch('logs'))
  const compiled = Conditions.compile(logContext, RULES)
  if ('issues' in compiled) throw new Error(compiled.issues[0]!.message)
  const { conditions } = compiled
  conditions.begin(batch)
  for (const [i, test] of conditions.tests.entries()) {
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 60; round++) {
      const before = process.memoryUsage().heapUsed
      for (let record = 0; record < RECORDS; record++) test(record)
      const allocated = process.memoryUsage().heapUsed - before
      // A collection in between makes a round useless, not wrong: the least of the others counts.
      if (allocated >= 0 && round >= 20) least = Math.min(least, allocated)
    }
    expect(least, RULES[i]).toBeLessThan(BYTES_MAX)
  }
  conditions.end()
})
