import type { Signal } from '../otlp/batch.ts'
import type { ObservedRows, Observer } from './store.ts'

/** Who follows what this gateway receives. An observer that throws harms nobody else. */
export class Observers {
  readonly #bySignal = new Map<Signal, Set<Observer>>()

  add(signal: Signal, observer: Observer): () => void {
    const observers = this.#bySignal.get(signal) ?? new Set()
    this.#bySignal.set(signal, observers.add(observer))
    return () => observers.delete(observer)
  }

  /** False when copying would be for nobody. */
  wants(signal: Signal): boolean {
    return (this.#bySignal.get(signal)?.size ?? 0) > 0
  }

  deliver(all: ReadonlyArray<ObservedRows>): void {
    for (const rows of all)
      for (const observer of this.#bySignal.get(rows.batch.signal) ?? []) {
        try {
          observer(rows)
        } catch (error) {
          // The rows are durable whatever a viewer does: its failure is reported, and must not refuse them.
          process.emitWarning(error instanceof Error ? error : String(error))
        }
      }
  }
}
