import { availableParallelism, totalmem } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { HttpDatabase } from '../client/http-database.ts'
import { backoffMs } from './backoff.ts'
import type { EngineLog, ManagedEngine } from './engine.ts'
import { type EngineSecrets, READER, WRITER, writeEngineFiles } from './files.ts'
import { followHealth } from './health.ts'
import { findLibrary } from './library.ts'
import { KEEPALIVE_MARK } from './messages.ts'
import { freePort } from './ports.ts'
import { prepareDatabase } from './prepare.ts'
import { StateKeeper, type StateListener } from './state.ts'
import { type EngineProcess, startEngineProcess } from './supervisor.ts'

export type EmbeddedOptions = {
  /** The engine's own directory, below the gateway's. Made if missing. */
  readonly directory: string
  readonly database?: string
  /** ClickHouse's limit for its own memory. Default: 2 GiB, or 40 % of the machine's (container's) if that is less. */
  readonly memoryBytesMax?: number
  /** The server's time zone. Weir's columns name UTC, so it must not matter. */
  readonly timezone?: string
  /** Default: new ones at each start of the child, known to nobody else. */
  readonly secrets?: EngineSecrets
  readonly log: EngineLog
}

const POLL_MS = 50
/**
 * Past this without any answer, at start or later, the child is taken for stuck and killed: MergeTree survives that,
 * and a hang heals in no other way. Long, because a busy machine is no hang, and errors count as answers.
 */
const SILENT_MS_MAX = 120_000
/** Up for so long, the next failure is a new one and the backoff starts anew. */
const STEADY_MS = 60_000
const STOP_WITHIN_MS = 10_000

/**
 * ClickHouse as a supervised child process. Throws EngineUnavailableError if it can't exist on this machine.
 * Whoever holds the object keeps it across restarts of the child, which change its port and passwords.
 */
export function createEmbeddedEngine(options: EmbeddedOptions): ManagedEngine {
  return new EmbeddedEngine(options, findLibrary())
}

class EmbeddedEngine implements ManagedEngine {
  readonly writer: HttpDatabase
  readonly reader: HttpDatabase
  readonly #options: EmbeddedOptions
  readonly #libraryPath: string
  readonly #database: string
  readonly #state = new StateKeeper()
  readonly #stopping = new AbortController()
  #process: EngineProcess | undefined
  #running: Promise<void> | undefined

  constructor(options: EmbeddedOptions, libraryPath: string) {
    this.#options = options
    this.#libraryPath = libraryPath
    this.#database = options.database ?? 'weir'
    this.writer = new HttpDatabase(this.#database, { readonly: false })
    this.reader = new HttpDatabase(this.#database, { readonly: true })
  }

  get state(): ManagedEngine['state'] {
    return this.#state.current
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  start(): void {
    this.#running ??= this.#supervise()
  }

  ready(signal?: AbortSignal): Promise<void> {
    return this.#state.firstUp(signal)
  }

  onState(listener: StateListener): () => void {
    return this.#state.listen(listener)
  }

  async stop(): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort()
      await this.#stopProcess()
    }
    await this.#running
    this.#state.set('down')
  }

  /** Ends the keep-alive statement, whereupon ClickHouse shuts down in order; SIGKILL past the deadline. */
  async #stopProcess(): Promise<void> {
    const process = this.#process
    if (process === undefined) return
    const deadline = setTimeout(() => process.kill(), STOP_WITHIN_MS)
    try {
      if (this.state !== 'up') process.kill()
      else await this.writer.command(KILL_KEEPALIVE)
      // ClickHouse waits for open connections before it goes, idle ones included.
      this.#disconnect()
    } catch {
      process.kill()
    }
    await process.exited
    clearTimeout(deadline)
  }

  async #supervise(): Promise<void> {
    const { log } = this.#options
    for (let attempt = 0; !this.#stopped; attempt++) {
      const upSince = await this.#run()
      this.#disconnect()
      if (this.#stopped) return
      if (upSince !== undefined && performance.now() - upSince > STEADY_MS) attempt = 0
      const waitMs = backoffMs(attempt)
      log.warn({ waitMs: Math.round(waitMs), attempt }, 'embedded ClickHouse is started again')
      await delay(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => {})
    }
  }

  /** One life of the child, to its end. Returns since when it was up, if it came up. Never throws. */
  async #run(): Promise<number | undefined> {
    const { log } = this.#options
    const life = new AbortController()
    let upSince: number | undefined
    try {
      const process = await this.#spawn()
      this.#process = process
      if (this.#stopped) process.kill()
      const watch = this.#watch(process, life.signal, () => {
        upSince ??= performance.now()
      })
      const reason = await process.exited
      life.abort()
      this.#process = undefined
      if (upSince !== undefined) this.#state.set('down')
      await watch
      if (!this.#stopped) log.error({ pid: process.pid, reason }, 'embedded ClickHouse ended')
    } catch (error) {
      log.error({ err: error }, 'embedded ClickHouse could not be started')
    }
    return upSince
  }

  #disconnect(): void {
    this.writer.disconnect()
    this.reader.disconnect()
  }

  async #spawn(): Promise<EngineProcess> {
    const { directory, timezone, memoryBytesMax, secrets: given } = this.#options
    const files = writeEngineFiles({
      directory,
      database: this.#database,
      memoryBytesMax: memoryBytesMax ?? defaultMemoryBytesMax(),
      ...(given === undefined ? {} : { secrets: given }),
      mergeThreads: Math.min(8, Math.max(2, availableParallelism())),
    })
    const httpPort = await freePort()
    const { secrets } = files
    const url = `http://127.0.0.1:${httpPort}/${secrets.path}`
    const writer = { url, username: WRITER, password: secrets.writer }
    this.writer.connect(writer)
    this.reader.connect({ url, username: READER, password: secrets.reader })
    this.#prepare = () => prepareDatabase(writer, this.#database)
    const { configPath, dataPath } = files
    const libraryPath = this.#libraryPath
    const start = { libraryPath, directory, configPath, dataPath, httpPort, logLevel: 'warning' }
    return startEngineProcess(start, timezone ?? 'UTC')
  }

  #prepare: () => Promise<void> = () => Promise.resolve()

  /** A child that says nothing for too long is stuck: killed, it comes back. */
  #watch(process: EngineProcess, life: AbortSignal, up: () => void): Promise<void> {
    const { log } = this.#options
    let started = false
    return followHealth({
      first: this.#prepare,
      firstEveryMs: POLL_MS,
      databases: [this.writer],
      life,
      answered: () => {
        if (!started) log.info({ pid: process.pid }, 'embedded ClickHouse is up')
        started = true
        up()
        this.#state.set('up')
      },
      silent: (silentMs, error) => {
        if (started) this.#state.set('down')
        if (silentMs < SILENT_MS_MAX) return
        log.error({ pid: process.pid, silentMs, err: error }, 'embedded ClickHouse does not answer: killed')
        process.kill()
      },
    })
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted
  }
}

const KILL_KEEPALIVE = `KILL QUERY WHERE query LIKE '%/* ${KEEPALIVE_MARK} */%' AND query NOT LIKE 'KILL%' ASYNC`

function defaultMemoryBytesMax(): number {
  const limit = process.constrainedMemory()
  const machine = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return Math.min(2 * 1024 ** 3, Math.floor(machine * 0.4))
}
