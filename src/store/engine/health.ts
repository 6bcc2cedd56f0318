import { setTimeout as delay } from 'node:timers/promises'
import { type Database, DatabaseError } from '../database.ts'

const PING_EVERY_MS = 5_000

export type HealthOptions = {
  /** Makes the first answer; repeated until it resolves. */
  readonly first: () => Promise<void>
  readonly firstEveryMs: number
  /** Every user must get in: with a wrong reader alone, all reads would fail while everything looks well. */
  readonly databases: ReadonlyArray<Database>
  /** Everything ends with it. */
  readonly life: AbortSignal
  /** Called at the first answer and at every later one. */
  readonly answered: () => void
  /** Called at each failure, with the time since the last answer (or since the beginning). */
  readonly silent: (silentMs: number, error: unknown) => void
}

/** Asks a ClickHouse how it is, as long as `life` lasts. Never rejects. */
export async function followHealth(options: HealthOptions): Promise<void> {
  const { life } = options
  let last = performance.now()
  let ask = options.first
  let everyMs = options.firstEveryMs
  while (!life.aborted) {
    const error = await failureOf(ask)
    if (life.aborted) return
    if (error === undefined) {
      last = performance.now()
      ask = () => pinged(options.databases)
      everyMs = PING_EVERY_MS
      options.answered()
    } else {
      options.silent(performance.now() - last, error)
    }
    await delay(everyMs, undefined, { signal: life }).catch(() => {})
  }
}

async function failureOf(ask: () => Promise<void>): Promise<unknown> {
  try {
    await ask()
    return undefined
  } catch (error) {
    return error
  }
}

/** Unknown user, wrong password, and what ClickHouse says in place of both. */
const NOT_LET_IN: ReadonlySet<number> = new Set([192, 193, 194, 516])

/** An error that ClickHouse reports (memory, too many queries) is a sign of life too; one about who asks is none. */
async function pinged(databases: ReadonlyArray<Database>): Promise<void> {
  for (const database of databases) {
    try {
      await database.ping()
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code === 0 || NOT_LET_IN.has(error.code)) throw error
    }
  }
}
