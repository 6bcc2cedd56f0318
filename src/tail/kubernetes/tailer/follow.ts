import type { KubernetesClient } from '../client/client.ts'
import type { PodLogOptions } from '../client/pod-log.ts'
import type { Timers } from '../timers.ts'
import type { LogReader } from './log-reader.ts'
import type { TailOptions } from './options.ts'
import { type ReadEnd, readLog } from './reading.ts'
import { StallWatch } from './stall-watch.ts'

/** `planned`: its time was up; `stalled`: it no longer showed lines; `over`: its instance had ended, but it had not. */
export type FollowEnd =
  | ReadEnd
  | { readonly kind: 'planned' }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'over' }

export type FollowDeps = {
  readonly client: KubernetesClient
  readonly timers: Timers
  readonly random: () => number
  readonly options: TailOptions
  /** Whether there are lines that the stream should have shown. Never rejects. */
  readonly behind: () => Promise<boolean>
  /** Calls back when the instance no longer runs. */
  readonly onInstanceEnd: (run: () => void) => () => void
  /** The stream has answered. */
  readonly onLive: () => void
}

/** One follow, from its request to its end, whoever ends it. */
export async function follow(log: PodLogOptions, reader: LogReader, deps: FollowDeps): Promise<FollowEnd> {
  const { timers, random, options } = deps
  const closing = new AbortController()
  let why: 'planned' | 'stalled' | 'over' | undefined
  const close = (reason: typeof why): void => {
    why ??= reason
    closing.abort()
  }
  const watch = new StallWatch({
    timers,
    stallMs: options.stallMs,
    checkMs: options.stallCheckMs,
    graceMs: options.stallGraceMs,
    behind: deps.behind,
    onStalled: () => close('stalled'),
  })
  const cancelLifetime = timers.after('lifetime', options.lifetimeMs * (0.5 + random() / 2), () =>
    close('planned'),
  )
  let cancelGrace: () => void = () => undefined
  const unsubscribe = deps.onInstanceEnd(() => {
    cancelGrace()
    cancelGrace = timers.after('end-grace', options.endGraceMs, () => close('over'))
  })
  try {
    const signal = AbortSignal.any([log.signal, closing.signal])
    const end = await readLog(deps.client, { ...log, follow: true, signal }, reader, () => {
      watch.heard()
      deps.onLive()
    })
    return why !== undefined && end.kind === 'failed' ? { kind: why } : end
  } finally {
    watch.stop()
    cancelLifetime()
    cancelGrace()
    unsubscribe()
  }
}
