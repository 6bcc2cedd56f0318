const FIRST_MS = 100
const LAST_MS = 10_000

/** Wait before the `attempt`th try in a row (0 = the first): doubles up to 10 s, half of it by chance. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt, 20))
  return full / 2 + (full / 2) * random()
}
