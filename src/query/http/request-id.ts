import { randomUUID } from 'node:crypto'

const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/

/** The caller's `x-request-id` if it is short and plain enough to stand in logs and query ids; else a new one. */
export function requestIdOf(header: string | ReadonlyArray<string> | undefined): string {
  return typeof header === 'string' && ACCEPTED.test(header) ? header : randomUUID()
}
