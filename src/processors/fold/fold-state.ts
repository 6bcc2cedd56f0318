import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from '../state-frames.ts'
import { FoldEngine, type FoldEngineOptions } from './engine.ts'
import { readFolds, writeFolds } from './state-file.ts'

const FILE = 'folds'
/** Stands while a gateway runs that has folds: if it is there at a start, the stop before was not clean. */
const MARK = 'folds.open'
const TICK_MS = 1000
/** A million members in half a minute. */
const SWEEPS_PER_TICK = 16

export type FoldStateOptions = FoldEngineOptions & {
  readonly log: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
  }
}

/**
 * Keeps the folds over clean restarts, in a file that is there only while nobody uses it: what is older than the last points
 * would count increases twice. After an unclean stop every fold begins anew, as one with a later start time.
 */
export class FoldState {
  readonly engine: FoldEngine
  readonly #directory: string
  readonly #options: FoldStateOptions
  #isMarked: boolean
  #timer: NodeJS.Timeout | undefined
  #marking: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  private constructor(directory: string, options: FoldStateOptions, engine: FoldEngine, isMarked: boolean) {
    this.#directory = directory
    this.#options = options
    this.engine = engine
    this.#isMarked = isMarked
  }

  /** Takes what the directory holds; it is gone from there then. Rejects if there can be no directory. */
  static async open(directory: string, options: FoldStateOptions): Promise<FoldState> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const files = await readdir(directory)
    const wasMarked = files.includes(MARK)
    const path = join(directory, FILE)
    let engine = new FoldEngine(options)
    let isRestored = false
    if (files.includes(FILE)) {
      try {
        await readFolds(path, engine)
        isRestored = true
      } catch (error) {
        engine = new FoldEngine(options)
        await putAside(path, error, options)
      }
    }
    if (!isRestored && (wasMarked || files.includes(FILE))) {
      engine.restartedUntilMs = options.nowMs() + options.idleAfterMs
      options.log.warn(
        {},
        'folded series begin anew: the gateway did not stop cleanly, and what they had counted is not known',
      )
    }
    const state = new FoldState(directory, options, engine, wasMarked)
    // The mark before the file goes: a kill in between must not look like a clean stop without folds.
    if (engine.folds.count > 0) await state.#mark()
    await rm(path, { force: true })
    await syncDirectory(directory)
    return state
  }

  /** From now on idle members leave without calls. */
  start(): void {
    this.#timer = setInterval(() => void this.tick(), TICK_MS)
    this.#timer.unref()
  }

  /** What is due. Never rejects. */
  async tick(): Promise<void> {
    for (let i = 0; i < SWEEPS_PER_TICK; i++) this.engine.sweep.advance()
    if (this.#isMarked || this.engine.folds.count === 0) return
    this.#marking ??= this.#mark()
      .catch((error) => this.#failed(error))
      .finally(() => {
        this.#marking = undefined
      })
    await this.#marking
  }

  /** Saves the folds. To be called when nothing is folded any more. Idempotent; never rejects. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#marking
    const path = join(this.#directory, FILE)
    try {
      if (this.engine.folds.count > 0) {
        await writeFolds(`${path}.new`, this.engine)
        await rename(`${path}.new`, path)
        await syncDirectory(this.#directory)
      }
      await rm(join(this.#directory, MARK), { force: true })
      await syncDirectory(this.#directory)
    } catch (error) {
      this.#failed(error)
    }
  }

  async #mark(): Promise<void> {
    const file = await open(join(this.#directory, MARK), 'w', 0o600)
    await file.close()
    await syncDirectory(this.#directory)
    this.#isMarked = true
  }

  #failed(error: unknown): void {
    const directory = this.#directory
    this.#options.log.warn(
      { err: error, directory },
      'could not save folded series; after a restart they begin anew',
    )
  }
}

async function putAside(path: string, error: unknown, { log }: FoldStateOptions): Promise<void> {
  const movedTo = `${path}.broken`
  const reason = error instanceof Error ? error.message : String(error)
  log.warn({ file: path, movedTo, reason }, 'The saved folds could not be read and were put aside')
  await rename(path, movedTo).catch(() => undefined)
}
