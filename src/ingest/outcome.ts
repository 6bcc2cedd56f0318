import type { FailureKind } from './failure.ts'

/**
 * How a request ended. `partial`: taken, but some of its records were rejected. `cancelled`: its sender went away
 * before it had sent all of it.
 */
export type RequestOutcome = 'ok' | 'partial' | 'cancelled' | FailureKind
