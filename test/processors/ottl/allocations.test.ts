import { expect, it } from 'vitest'
import { newBatch } from '../../../src/otlp/scan/index.ts'
import { Conditions } from '../../../src/processors/ottl/conditions.ts'
import { logContext } from '../../../src/processors/ottl/contexts/log.ts'
import { scanned } from './evaluate.ts'

/** What works on ints and times, or looks at texts where they are, makes nothing per record. */
const RULES = [
  'severity_number * 3 + 1 > 100',
  '(observed_time_unix_nano - time_unix_nano) / 1000000 > 5000',
  '-attributes["size"] > 0',
  'observed_time - time > Duration("1h")',
  'time + Duration("1m") < observed_time',
  'Hour(time) < 6 and Weekday(time) == 0',
  'UnixMilli(time) < 1000',
  'TruncateTime(time, Duration("1h")) == Unix(1)',
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
const ROUNDS_MAX = 2000
const QUIET_ROUNDS = 5

it('conditions on ints, times and parts of texts allocate nothing per record', () => {
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
    // Until it is optimised, which a busy machine does late, it makes an object per double.
    let quiet = 0
    for (let round = 0; round < ROUNDS_MAX && quiet < QUIET_ROUNDS; round++) {
      const before = process.memoryUsage().heapUsed
      for (let record = 0; record < RECORDS; record++) test(record)
      const allocated = process.memoryUsage().heapUsed - before
      // Several in a row: a collection can make one round look quiet, not its neighbours.
      quiet = allocated >= 0 && allocated < BYTES_MAX ? quiet + 1 : 0
    }
    expect(quiet, RULES[i]).toBe(QUIET_ROUNDS)
  }
  conditions.end()
})
