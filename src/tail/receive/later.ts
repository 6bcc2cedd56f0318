import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '../../query/errors.ts'

const RETRY_MS = 2000

/**
 * Reads again until it succeeds. Rejects with a user's mistake, or when `signal` aborts; everything else is told to `failed`.
 */
export async function untilRead<Result>(
  read: () => Promise<Result>,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<Result> {
  for (;;) {
    try {
      return await read()
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ApiError && error.status < 500) throw error
      failed(error)
      await delay(RETRY_MS, undefined, { signal })
    }
  }
}
