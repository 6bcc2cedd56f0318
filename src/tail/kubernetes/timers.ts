/**
 * The only clock of the tail. Given from outside, so that tests decide when time passes; a timer has a name, so that
 * they can say which one they fire.
 */
export type Timers = {
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** Calls `run` once after `delayMs`, unless the returned function was called before. */
  after(name: TimerName, delayMs: number, run: () => void): () => void
}

export type TimerName =
  | 'retry'
  | 'watch-silence'
  | 'read-silence'
  | 'backoff'
  | 'lifetime'
  | 'stall'
  | 'stall-grace'
  | 'end-grace'
  | 'poll'
  | 'open-rate'

export const systemTimers: Timers = {
  nowMs: Date.now,
  after(_name, delayMs, run) {
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Resolves after `delayMs`, or at once when the signal is aborted: the caller looks at the signal. */
export function delay(timers: Timers, name: TimerName, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = timers.after(name, delayMs, done)
    signal.addEventListener('abort', done, { once: true })
  })
}
