import { setTimeout as delay } from 'node:timers/promises'

const EVERY_MS = 20
const WITHIN_MS = 60_000

/** Asks another process again and again, until it says yes. Rejects after a minute. */
export async function poll(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + WITHIN_MS
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`Waited a minute and it is not so: ${what}`)
    await delay(EVERY_MS)
  }
}
