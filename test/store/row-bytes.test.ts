import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { rowBytes } from '../../src/store/row-bytes.ts'
import { startTestEngine, type TestEngine } from '../support/engine.ts'

/** Guarantees: what a row takes is what ClickHouse's parts say, where there are enough of them, as the reader may ask. */

let engine: TestEngine
beforeAll(async () => {
  engine = await startTestEngine()
  await migrate(engine.engine.writer)
})
afterAll(() => engine?.stop())

const OTHERWISE = new Map([
  ['samples', 1.2],
  ['histogram_samples', 6.8],
])
const { signal } = new AbortController()

it('is what the parts of a table with many rows take, and what is given for a small one', async () => {
  const { writer, reader } = engine.engine
  const insert = (table: string, rows: number): Promise<void> =>
    writer.command(
      `INSERT INTO ${table} (TenantId, MetricName, SeriesFingerprint, TimeUnix, RetentionDays) SELECT 't', 'm', rand64(), now64(9), 30 FROM numbers(${rows})`,
    )
  await insert('samples', 150_000)
  await insert('histogram_samples', 99_000)
  const [parts] = await writer.rows<{ bytes: number }>(
    "SELECT toFloat64(sum(bytes_on_disk) / sum(rows)) AS bytes FROM system.parts WHERE active AND table = 'samples'",
  )
  const found = await rowBytes(reader, OTHERWISE, signal)
  expect(found.get('samples')).toBeCloseTo(parts!.bytes, 5)
  expect(found.get('histogram_samples')).toBe(6.8)
})

it('is what is given where nobody answers', async () => {
  const silent = { name: 'weir', rows: () => Promise.reject(new Error('away')) }
  expect(await rowBytes(silent, OTHERWISE, signal)).toEqual(OTHERWISE)
})
