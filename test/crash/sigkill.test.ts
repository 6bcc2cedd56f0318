import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startTestEngine } from '../support/engine.ts'
import { testSeed } from '../support/seed.ts'
import { audit, leftInSpool, NOTHING_WRONG } from './support/audit.ts'
import { ExportClient } from './support/export-client.ts'
import { Load } from './support/load.ts'
import { randomOf } from './support/random.ts'
import { Rounds } from './support/rounds.ts'
import { RequestBook } from './support/sent-requests.ts'

/**
 * Scenario: a gateway with its embedded ClickHouse under load, both killed again and again at random instants, while
 * senders resend what was not acknowledged. Guarantee: every acknowledged record is stored exactly once.
 *
 * WEIR_CRASH_ROUNDS asks for a longer run, WEIR_TEST_SEED for the decisions of an earlier one.
 */
const ROUNDS = Number(process.env.WEIR_CRASH_ROUNDS ?? 16)
/** Slower, since every answer waits for an insert. */
const ROUNDS_INSERTED = Math.ceil(ROUNDS / 4)
const SENDERS = 6

test.for([
  ['spool', ROUNDS],
  ['clickhouse', ROUNDS_INSERTED],
] as const)(
  'ack: %s, %i kills at random instants: every acknowledged record exactly once',
  {
    timeout: 60_000 + ROUNDS * 15_000,
  },
  async ([ack, count], { onTestFailed, onTestFinished }) => {
    const random = randomOf(testSeed())
    const dataDir = await mkdtemp(join(tmpdir(), 'weir-crash-'))
    const rounds = new Rounds({ dataDir, ack }, random)
    const book = new RequestBook('kill', random)
    const client = new ExportClient(() => rounds.address)
    const load = new Load(book, client, random)
    onTestFinished(async () => {
      load.abort()
      client.close()
      await rounds.destroy()
      await rm(dataDir, { recursive: true, force: true })
    })
    const figures = (): string =>
      JSON.stringify({
        seed: random.seed,
        ack,
        endings: Object.fromEntries(
          [...Map.groupBy(rounds.endings, String)].map(([ending, all]) => [ending, all.length]),
        ),
        requests: book.requests.length,
        records: book.records,
        ...load.stats,
        ...Object.fromEntries(rounds.counted),
      })
    onTestFailed(() => {
      process.stderr.write(`${figures()}\n${rounds.gateway?.lastLines()}\n`)
    })

    load.start(SENDERS)
    await rounds.run(count)
    await load.stop()
    expect(await rounds.drain()).toBe(0)
    expect(load.complaints).toEqual([])
    expect(await leftInSpool(dataDir)).toEqual([])

    const engine = await startTestEngine({ directory: join(dataDir, 'clickhouse') })
    try {
      expect(await audit(engine.engine.writer, 'kill', book)).toEqual(NOTHING_WRONG)
    } finally {
      await engine.stop()
    }
    if (process.env.WEIR_CRASH_ROUNDS !== undefined) process.stdout.write(`${figures()}\n`)
  },
)
