import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConfigVersions, newestVersions } from '../../src/store/config-versions.ts'
import { type Database, DatabaseError } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../support/engine.ts'

/**
 * Scenario: configurations are applied while ClickHouse is away, answers late, or holds many. Guarantees: each is one row, in
 * order, with its diff to the one before; a start that changes nothing writes nothing; the oldest go.
 */

let test: TestEngine
let database: Database
beforeAll(async () => {
  test = await startTestEngine()
  database = test.engine.writer
  await migrate(database)
})
afterAll(() => test.stop())

const version = (appliedMs: number, text: string, appliedBy = 'test') => ({
  ...{ appliedMs, text, appliedBy },
  hash: `hash of ${text.slice(0, 20)}`,
})

type Failing = Pick<Database, 'command'>
/** The real database, but for its commands. */
const withCommands = (commands: Failing): Database => ({
  name: database.name,
  insert: (options) => database.insert(options),
  rows: (sql, parameters, options) => database.rows(sql, parameters, options),
  stream: (sql, parameters, options) => database.stream(sql, parameters, options),
  ping: () => database.ping(),
  close: () => database.close(),
  ...commands,
})

function versionsOf(gatewayId: string, from = database): { versions: ConfigVersions; failures: unknown[] } {
  const failures: unknown[] = []
  const options = { database: from, gatewayId, failed: (error: unknown) => failures.push(error), retryMs: 1 }
  return { versions: new ConfigVersions(options), failures }
}

it('are written in order, each with its diff, once ClickHouse is there', async () => {
  const { versions } = versionsOf('a')
  versions.record(version(1000, 'one: 1\n', 'start'))
  versions.record(version(2000, 'one: 1\ntwo: 2\n'))
  expect(await newestVersions(database, 10, 'a')).toEqual([])
  versions.start()
  await versions.stop()
  expect(await newestVersions(database, 10, 'a')).toEqual([
    { ...version(2000, 'one: 1\ntwo: 2\n'), gatewayId: 'a', diff: '@@ -1,1 +1,2 @@\n one: 1\n+two: 2\n' },
    { ...version(1000, 'one: 1\n', 'start'), gatewayId: 'a', diff: '@@ -0,0 +1,1 @@\n+one: 1\n' },
  ])

  const again = versionsOf('a').versions
  again.start()
  again.record(version(3000, 'one: 1\ntwo: 2\n', 'start'))
  again.record(version(4000, 'two: 2\n'))
  await again.stop()
  const newest = await newestVersions(database, 10)
  expect(newest.map(({ appliedMs, diff }) => [appliedMs, diff]).slice(0, 2)).toEqual([
    [4000, '@@ -1,2 +1,1 @@\n-one: 1\n two: 2\n'],
    [2000, expect.any(String)],
  ])
})

it('are one row each, whatever became of an attempt', async () => {
  let attempts = 0
  const { failures, versions } = versionsOf(
    'b',
    withCommands({
      async command(sql, parameters, options) {
        attempts++
        if (attempts === 1) throw new DatabaseError('unknown', 0, 'away')
        await database.command(sql, parameters, options)
        if (attempts === 2) throw new DatabaseError('unknown', 0, 'the answer was lost')
      },
    }),
  )
  versions.start()
  versions.record(version(1000, 'x'))
  versions.record(version(1000, 'y'))
  await expect.poll(async () => (await newestVersions(database, 10, 'b')).length, { timeout: 20_000 }).toBe(2)
  await versions.stop()
  expect(failures).toHaveLength(2)
  expect(await newestVersions(database, 10, 'b')).toHaveLength(2)
})

it('may be long, with any characters, and are cut at last', async () => {
  const { failures, versions } = versionsOf('c')
  const text = `${`ключ: "\\t\\n'quoted' \u{1f600}"\n`.repeat(5_000)}end: 1\n`
  const tooLong = 'x: 1\n'.repeat(200_000)
  versions.start()
  versions.record(version(1000, text))
  versions.record(version(2000, tooLong))
  await versions.stop()
  expect(failures).toEqual([])
  const [cut, whole] = await newestVersions(database, 10, 'c')
  expect(whole!.text).toBe(text)
  expect(cut!.text).toMatch(/^(x: 1\n){10000,}# cut here\n$/)
  expect(cut!.diff).toMatch(/\n# cut here\n$/)
})

it('the oldest of a gateway go, those of others stay', async () => {
  await database.command(
    "INSERT INTO config_versions SELECT fromUnixTimestamp64Milli(toInt64(number)), 'd', toString(number), '', '', 'test' FROM numbers(1, 1050)",
  )
  const { versions } = versionsOf('d')
  versions.start()
  versions.record(version(5000, 'new'))
  await versions.stop()
  const kept = await newestVersions(database, 2000, 'd')
  expect([kept.length, kept[0]!.appliedMs, kept.at(-1)!.appliedMs]).toEqual([1000, 5000, 52])
  expect(await newestVersions(database, 10, 'a')).not.toEqual([])
})
