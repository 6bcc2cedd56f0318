import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'

/** A real ClickHouse with Weir's tables, one for all tests of a file. Set before its first test. */
export let database: Database
/** Where a store of this test may keep its spool. Another one for each test. */
export let directory: string

/** To be called once at the top of a test file. */
export function useRealStore(): void {
  let engine: TestEngine | undefined
  beforeAll(async () => {
    engine = await startTestEngine()
    database = engine.engine.writer
    await migrate(database)
  })
  afterAll(() => engine?.stop())
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'weir-store-'))
    const made = directory
    return () => rm(made, { recursive: true, force: true })
  })
}

/** The bodies `<prefix> …` that ClickHouse has, in order of Seq. */
export async function storedBodies(prefix: string): Promise<string[]> {
  const rows = await database.rows<{ Body: string }>(
    'SELECT Body FROM logs WHERE startsWith(Body, {prefix:String}) ORDER BY Seq',
    { prefix: `${prefix} ` },
  )
  return rows.map((row) => row.Body)
}
