import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DatabaseError } from '../../../src/store/database.ts'
import { createEmbeddedEngine } from '../../../src/store/engine/embedded.ts'
import type { EngineState } from '../../../src/store/engine/state.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'

/** Guarantees: the embedded ClickHouse comes back when it dies, and goes when it shall. */

let directory: string
const running: TestEngine[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-supervision-'))
})
afterEach(async () => {
  for (const engine of running.splice(0)) await engine.stop()
  await rm(directory, { recursive: true, force: true })
})

async function start(options: Parameters<typeof startTestEngine>[0] = {}): Promise<TestEngine> {
  const test = await startTestEngine({ directory, ...options })
  running.push(test)
  return test
}

/** Resolves when the engine has gone through `wanted`, in order, from now on. */
function states(test: TestEngine, wanted: EngineState[]): Promise<EngineState[]> {
  const seen: EngineState[] = []
  return new Promise((resolve) => {
    const off = test.engine.onState((state) => {
      seen.push(state)
      if (seen.length === wanted.length) {
        off()
        resolve(seen)
      }
    })
  })
}

const count = async (test: TestEngine, table: string): Promise<number> => {
  const [row] = await test.engine.reader.rows<{ n: string }>(`SELECT count() AS n FROM ${table}`)
  return Number(row!.n)
}

describe('a child that is killed', () => {
  it('comes back with its data, behind the same object', async () => {
    const test = await start()
    const { engine } = test
    await engine.writer.command(
      'CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS fsync_after_insert = 1',
    )
    await engine.writer.command('INSERT INTO t SELECT number FROM numbers(12345)')
    for (let round = 1; round <= 2; round++) {
      const before = engine.pid!
      const seen = states(test, ['down', 'up'])
      process.kill(before, 'SIGKILL')
      expect(await seen).toEqual(['down', 'up'])
      expect(engine.state).toBe('up')
      expect(engine.pid).not.toBe(before)
      expect(await count(test, 't')).toBe(12_345)
      await engine.writer.command('SELECT 1')
    }
  })

  it('leaves a statement that was under way with an unknown outcome', async () => {
    const test = await start()
    // ClickHouse refuses to sleep for more than three seconds a block.
    const sleeping = test.engine.writer
      .rows('SELECT sleepEachRow(3) FROM numbers(10) SETTINGS max_block_size = 1')
      .catch((e: unknown) => e)
    await until(
      test,
      "SELECT count() AS n FROM system.processes WHERE query LIKE '%sleepEachRow(3)%numbers(10)%'",
      2,
    )
    const seen = states(test, ['down', 'up'])
    process.kill(test.engine.pid!, 'SIGKILL')
    expect(await sleeping).toMatchObject({ failure: 'unknown', code: 0 })
    await seen
  })

  it('answers "unknown" while it is away', async () => {
    const test = await start()
    const answer = new Promise((resolve) => {
      const off = test.engine.onState((state) => {
        if (state !== 'down') return
        off()
        resolve(test.engine.writer.ping().catch((error: unknown) => error))
      })
    })
    const seen = states(test, ['down', 'up'])
    process.kill(test.engine.pid!, 'SIGKILL')
    expect(await answer).toBeInstanceOf(DatabaseError)
    expect(await answer).toMatchObject({ failure: 'unknown', code: 0 })
    await seen
  })
})

describe('stop', () => {
  it('is safe before start, and leaves nothing to start', async () => {
    const engine = createEmbeddedEngine({ directory, log: pino({ level: 'silent' }) })
    await engine.stop()
    engine.start()
    await engine.stop()
    expect([engine.state, engine.pid]).toEqual(['down', undefined])
  })

  it('is safe at once after start', async () => {
    const engine = createEmbeddedEngine({ directory, log: pino({ level: 'silent' }) })
    engine.start()
    await engine.stop()
    expect([engine.state, engine.pid]).toEqual(['down', undefined])
  })

  it('ends the child, twice is once, and the directory can be used again', async () => {
    const first = await startTestEngine({ directory })
    const pid = first.engine.pid!
    await first.engine.writer.command('CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a')
    await first.engine.writer.command('INSERT INTO t SELECT number FROM numbers(7)')
    await Promise.all([first.engine.stop(), first.engine.stop()])
    await first.engine.stop()
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
    expect(await count(await start(), 't')).toBe(7)
  })

  it('lets those go who wait for the first answer, if they can', async () => {
    const engine = createEmbeddedEngine({ directory, log: pino({ level: 'silent' }) })
    await engine.ready(AbortSignal.abort())
    const waiting = new AbortController()
    const ready = engine.ready(waiting.signal)
    waiting.abort()
    await ready
    expect(engine.state).toBe('starting')
  })
})

it("has the time zone it is given, and the gateway's environment is none of its business", async () => {
  process.env.WEIR_TEST_SECRET = 'not for the child'
  const test = await start({ timezone: 'Asia/Tokyo' })
  const [row] = await test.engine.writer.rows<Record<string, string>>(
    "SELECT timezone() AS zone, toString(toDateTime(0)) AS epoch, file('/proc/self/environ') AS environment",
  )
  expect(row).toMatchObject({ zone: 'Asia/Tokyo', epoch: '1970-01-01 09:00:00' })
  expect(row!.environment).not.toContain('not for the child')
  delete process.env.WEIR_TEST_SECRET
})

it('has the limits it is given, as the server itself tells them', async () => {
  const memoryBytesMax = 700 * 1024 ** 2
  const { engine } = await start({ memoryBytesMax })
  const limits = await engine.writer.rows<{ name: string; value: string }>(
    `SELECT name, value FROM system.server_settings WHERE name IN
      ('max_server_memory_usage', 'mark_cache_size', 'max_connections', 'max_concurrent_queries')
      UNION ALL SELECT name, value FROM system.merge_tree_settings WHERE name = 'old_parts_lifetime'`,
  )
  expect(Object.fromEntries(limits.map(({ name, value }) => [name, value]))).toEqual({
    max_server_memory_usage: `${memoryBytesMax}`,
    mark_cache_size: `${32 * 1024 ** 2}`,
    max_connections: '256',
    max_concurrent_queries: '128',
    old_parts_lifetime: '30',
  })
})

async function until(test: TestEngine, sql: string, n: number): Promise<void> {
  for (;;) {
    const [row] = await test.engine.writer.rows<{ n: string }>(sql)
    if (Number(row!.n) >= n) return
  }
}
