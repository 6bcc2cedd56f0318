/** How long to wait before attempt n + 1: doubling, bounded, and spread so that many waiters don't come back at once. */
export type Backoff = { readonly firstMs: number; readonly maxMs: number }

/** `attempt` counts from 0. Between half and all of the doubled delay. */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30))
  return Math.round(full * (0.5 + random() / 2))
}
