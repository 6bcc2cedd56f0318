import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { GatewayRun } from '../load/gateway-process.ts'
import type { ViewerCount } from './viewers.ts'

const QUIET_MS = 1500

export type Viewers = {
  /** Since the last time. */
  count(): Promise<ViewerCount>
  /** Resolves when no more lines come: nothing for a second and a half, on a machine that may be busy with others. */
  quiet(): Promise<void>
  /** They read nothing from now on. */
  pause(): void
  end(): Promise<void>
}

export const tailUrl = ({ api }: GatewayRun): string => `ws://${api}/api/v1/tail`

/** `viewers` of `queries` queries in a process of their own, once all have their place; `#` in the query is its number. */
export async function startViewers(
  gateway: GatewayRun,
  given: { readonly viewers: number; readonly queries: number; readonly query: string },
): Promise<Viewers> {
  const script = fileURLToPath(new URL('./viewers.ts', import.meta.url))
  const { viewers, queries, query } = given
  const child = fork(script, [tailUrl(gateway), String(viewers), String(queries), query])
  await ready(child)
  const ask = async <Answer>(what: string): Promise<Answer> => {
    child.send(what)
    return ((await once(child, 'message')) as [Answer])[0]
  }
  return {
    count: () => ask<ViewerCount>('count'),
    async quiet() {
      for (let before = -1, now = -2; now !== before; ) {
        before = now
        await delay(QUIET_MS)
        now = await ask<number>('lines')
      }
    },
    pause: () => void child.send('pause'),
    async end() {
      const gone = once(child, 'exit')
      child.send('end')
      await gone
    },
  }
}

/** Resolves with the first thing that a child says. */
export async function ready(child: ChildProcess): Promise<unknown> {
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`)
  })
  died.catch(() => undefined)
  return Promise.race([once(child, 'message').then(([said]) => said as unknown), died])
}
