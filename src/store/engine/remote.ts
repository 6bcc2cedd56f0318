import type { Endpoint } from '../client/endpoint.ts'
import { HttpDatabase } from '../client/http-database.ts'
import type { EngineLog, ManagedEngine } from './engine.ts'
import { followHealth } from './health.ts'
import { prepareDatabase } from './prepare.ts'
import { StateKeeper, type StateListener } from './state.ts'

export type RemoteOptions = {
  readonly endpoint: Endpoint
  readonly database: string
  /** Name in `remote_servers`: the database is made ON CLUSTER. */
  readonly cluster?: string
  /** A user who may only SELECT. Default: the writer's, every statement marked read-only. */
  readonly reader?: { readonly username: string; readonly password: string }
  readonly log: EngineLog
}

const FIRST_EVERY_MS = 1_000

/** A ClickHouse server that somebody else runs. */
export function createRemoteEngine(options: RemoteOptions): ManagedEngine {
  return new RemoteEngine(options)
}

class RemoteEngine implements ManagedEngine {
  readonly writer: HttpDatabase
  readonly reader: HttpDatabase
  readonly pid = undefined
  readonly #options: RemoteOptions
  readonly #state = new StateKeeper()
  readonly #life = new AbortController()
  #following: Promise<void> | undefined
  #lastFailure = ''

  constructor(options: RemoteOptions) {
    this.#options = options
    this.writer = new HttpDatabase(options.database, { readonly: false })
    this.reader = new HttpDatabase(options.database, { readonly: true })
  }

  get state(): ManagedEngine['state'] {
    return this.#state.current
  }

  start(): void {
    if (this.#following !== undefined || this.#life.signal.aborted) return
    const { endpoint, database, cluster, reader } = this.#options
    this.writer.connect(endpoint)
    this.reader.connect({ ...endpoint, ...reader })
    this.#following = followHealth({
      first: () => prepareDatabase(endpoint, database, cluster),
      firstEveryMs: FIRST_EVERY_MS,
      databases: [this.writer, this.reader],
      life: this.#life.signal,
      answered: () => this.#answered(),
      silent: (_, error) => this.#silent(error),
    })
  }

  ready(signal?: AbortSignal): Promise<void> {
    return this.#state.firstUp(signal)
  }

  onState(listener: StateListener): () => void {
    return this.#state.listen(listener)
  }

  async stop(): Promise<void> {
    this.#life.abort()
    await Promise.all([this.writer.close(), this.reader.close()])
    await this.#following
    this.#state.set('down')
  }

  #answered(): void {
    if (this.state === 'up') return
    this.#lastFailure = ''
    this.#options.log.info({ url: this.#options.endpoint.url }, 'ClickHouse answers')
    this.#state.set('up')
  }

  /** The same failure is logged once, not every few seconds. */
  #silent(error: unknown): void {
    const failure = error instanceof Error ? error.message : String(error)
    if (failure !== this.#lastFailure) {
      this.#lastFailure = failure
      this.#options.log.warn(
        { url: this.#options.endpoint.url, err: error },
        'ClickHouse does not answer as it should',
      )
    }
    if (this.state === 'up') this.#state.set('down')
  }
}
