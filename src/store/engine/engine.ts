import type { Logger } from 'pino'
import type { Engine } from '../database.ts'
import type { StateListener } from './state.ts'

export type EngineLog = Pick<Logger, 'info' | 'warn' | 'error'>

/** An {@link Engine} with its life: made idle, started once, stopped once. */
export type ManagedEngine = Engine & {
  /** Begins; returns at once. Whether ClickHouse is there yet is what `state`, `ready` and `onState` tell. */
  start(): void
  /** Calls `listener` at each change of `state`. Returns how to stop that. */
  onState(listener: StateListener): () => void
}
