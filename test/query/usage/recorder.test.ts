import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from '../../../src/query/logql/parse.ts'
import { usedNames } from '../../../src/query/loki/execute/used-names.ts'
import { UsageBook } from '../../../src/query/usage/recorder.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { type UsedName, writeUsedNames } from '../../../src/store/query-usage.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'

const DAY_MS = 86_400_000
/** Old rows would be gone by their TTL. */
const TODAY = Math.floor(Date.now() / DAY_MS)

type Written = UsedName[][]
function bookOf(written: Written, options: { nowMs?: () => number; fails?: () => boolean } = {}) {
  const failures: unknown[] = []
  const book = new UsageBook({
    nowMs: options.nowMs ?? (() => 0),
    failed: (error) => failures.push(error),
    write: async (names) => {
      if (options.fails?.()) throw new Error('away')
      written.push([...names])
    },
  })
  return { book, failures }
}
const label = (name: string) => ({ kind: 'label' as const, name })

describe('used names', () => {
  it.each([
    ['{app="a"} |= "x" | level="b" or host!="c"', ['app', 'host', 'level']],
    ['{app="a"} | json | label_format x=y | drop z | keep w', ['app', 'w', 'y']],
    ['sum by (pod) (rate({app="a"} | unwrap took | code > 1 [5m]))', ['app', 'code', 'pod', 'took']],
    ['max_over_time({a="b"} | unwrap c [5m]) by (d)', ['a', 'c', 'd']],
    ['count_over_time({a="b"}[1m]) / on (c) count_over_time({d="e"}[1m])', ['a', 'c', 'd']],
    ['label_replace(rate({a="b"}[1m]), "x", "$1", "y", "(.*)")', ['a', 'y']],
    ['{a="b"} | __error__=""', ['a']],
    ['vector(1) + 1', []],
  ])('of %s', (query, names) => {
    expect(
      usedNames(parse(query))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names)
  })

  it('are written once a day and tenant', async () => {
    const written: Written = []
    let nowMs = 5 * DAY_MS
    const { book } = bookOf(written, { nowMs: () => nowMs })
    book.record(['t', 'u'], [label('app'), label('app')])
    await book.flush()
    book.record(['t'], [label('app')])
    await book.flush()
    nowMs += DAY_MS
    book.record(['t'], [label('app')])
    await book.stop()
    expect(written).toEqual([
      [
        { tenantId: 't', day: 5, kind: 'label', name: 'app' },
        { tenantId: 'u', day: 5, kind: 'label', name: 'app' },
      ],
      [{ tenantId: 't', day: 6, kind: 'label', name: 'app' }],
    ])
  })

  it('wait for a ClickHouse that is away, and are bounded', async () => {
    const written: Written = []
    let away = true
    const { book, failures } = bookOf(written, { fails: () => away })
    book.record(
      ['t'],
      Array.from({ length: 20_000 }, (_, i) => label(`l${i}`)),
    )
    await book.flush()
    expect(failures).toHaveLength(1)
    away = false
    await book.flush()
    expect(written.flat()).toHaveLength(10_000)
    expect(Math.max(...written.map((batch) => batch.length))).toBeLessThanOrEqual(40)
  })
})

describe('in ClickHouse', () => {
  let engine: TestEngine
  beforeAll(async () => {
    engine = await startTestEngine()
    await migrate(engine.engine.writer)
  })
  afterAll(() => engine?.stop())

  it('written again they are the same rows', async () => {
    const { writer, reader } = engine.engine
    const names = Array.from({ length: 40 }, (_, i): UsedName => {
      const name = `${i}${"é'".repeat(100)}`
      return { tenantId: 't', day: TODAY, kind: i % 2 === 0 ? 'label' : 'metric', name }
    })
    await writeUsedNames(writer, names)
    await writeUsedNames(writer, names)
    const rows = await reader.rows<{ name: string; kind: string; day: string }>(
      "SELECT Name AS name, Kind AS kind, toString(Day) AS day FROM query_usage FINAL ORDER BY toUInt32(extract(Name, concat(char(94), '[0-9]+')))",
    )
    expect(rows).toEqual(
      names.map(({ name, kind }) => ({
        name,
        kind,
        day: new Date(TODAY * DAY_MS).toISOString().slice(0, 10),
      })),
    )
  })
})
