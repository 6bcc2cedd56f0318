import { logs } from '../../tables/logs.ts'
import { LogClock, type LogClockOptions } from '../clock/log-clock.ts'
import type { SignalKind } from '../signal-kind.ts'

/** Logs, as the store writes them. */
export function logKind(options: LogClockOptions): SignalKind {
  return { clock: new LogClock(options), tables: [logs] }
}
