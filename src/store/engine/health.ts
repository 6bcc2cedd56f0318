import { setTimeout as delay } from 'node:timers/promises'
import { type Database, DatabaseError } from '../database.ts'

const PING_EVERY_MS = 5_000

export type HealthOptions = {
  /** Makes the first answer; repeated until it resolves. */
  readonly first: () => Promise<void>
  readonly firstEveryMs: number
  readonly database: Database
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
      ask = () => pinged(options.database)
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

/** An error that ClickHouse reports (memory, too many queries) is a sign of life too. */
async function pinged(database: Database): Promise<void> {
  try {
    await database.ping()
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code === 0) throw error
  }
}
