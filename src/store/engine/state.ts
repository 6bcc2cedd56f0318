import type { Engine } from '../database.ts'

export type EngineState = Engine['state']
export type StateListener = (state: EngineState) => void

/** The state of an engine, who wants to hear of it, and who waits for its first `up`. */
export class StateKeeper {
  #state: EngineState = 'starting'
  readonly #listeners = new Set<StateListener>()
  readonly #firstUp = Promise.withResolvers<void>()

  get current(): EngineState {
    return this.#state
  }

  set(state: EngineState): void {
    if (state === this.#state) return
    this.#state = state
    if (state === 'up') this.#firstUp.resolve()
    for (const listener of this.#listeners) listener(state)
  }

  /** Returns how to stop listening. */
  listen(listener: StateListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves at the first `up`, or when `signal` aborts. Never rejects. */
  firstUp(signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return this.#firstUp.promise
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done)
        resolve()
      }
      if (signal.aborted) return resolve()
      signal.addEventListener('abort', done)
      void this.#firstUp.promise.then(done)
    })
  }
}
