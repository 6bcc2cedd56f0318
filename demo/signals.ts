/** The signals in the order of the report, with what one record of each is called. */
export const SIGNALS = ['logs', 'traces', 'metrics'] as const

export type Signal = (typeof SIGNALS)[number]
export type PerSignal<T> = Readonly<Record<Signal, T>>

export const RECORDS: PerSignal<string> = { logs: 'log records', traces: 'spans', metrics: 'data points' }

/** One value for every signal. */
export function perSignal<T>(of: (signal: Signal) => T): PerSignal<T> {
  return { logs: of('logs'), traces: of('traces'), metrics: of('metrics') }
}

export const totalOf = (counts: Iterable<number>): number => [...counts].reduce((sum, n) => sum + n, 0)
