import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from '../state-frames.ts'
import { AdmissionJournal, journalName } from './admission-journal.ts'
import { SHARDS } from './series-slots.ts'
import type { SeriesTracker } from './series-tracker.ts'
import { Explained, endFrame, headFrame, seriesFrame, type Window } from './state-format.ts'
import { StateReader } from './state-reader.ts'

const SNAPSHOT = 'snapshot'
const JOURNAL = /^journal-(\d{1,9})$/
const NOT_NOTED = 'could not note new series; after a crash now, limits would admit others in their place'
const TICK_MS = 1000
/** How many shards an idle gateway sweeps in a second: a window of a minute has time for all. */
const SWEEPS_PER_TICK = 16
/** About what one shard of a full table has: a millisecond of work between two writes. */
const BYTES_PER_WRITE = 256 << 10
/** A journal that grew so long is worth a snapshot. */
const JOURNAL_BYTES_MAX = 64 << 20

export type SeriesStateOptions = {
  /** Makes a tracker without any series. */
  readonly makeTracker: () => SeriesTracker
  readonly saveIntervalMs: number
  readonly nowMs: () => number
  readonly log: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
  }
}

/**
 * Keeps the series of a tracker over restarts, in files of its own directory: a snapshot, written now and then beside the
 * work, and a journal of what was admitted since. A file that can't be read is put aside, and never stops the start.
 */
export class SeriesState {
  readonly tracker: SeriesTracker
  readonly #directory: string
  readonly #options: SeriesStateOptions
  readonly #windowBase: number
  #journal: AdmissionJournal | undefined
  /** The number of the next journal. */
  #nextJournal: number
  #savedMs: number
  #working: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped: Promise<void> | undefined

  private constructor(
    directory: string,
    options: SeriesStateOptions,
    { tracker, windowBase, nextJournal }: Restored,
  ) {
    this.tracker = tracker
    this.#directory = directory
    this.#options = options
    this.#windowBase = windowBase
    this.#nextJournal = nextJournal
    this.#savedMs = Number.NEGATIVE_INFINITY
    tracker.onAdmitted = (low, high, metric, over) => this.#journal?.add(low, high, metric, over)
  }

  /** Restores what the directory holds; a first snapshot is due then. Rejects if there can be no directory. */
  static async open(directory: string, options: SeriesStateOptions): Promise<SeriesState> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const state = new SeriesState(directory, options, await restore(directory, options))
    await state.#guarded(NOT_NOTED, () => state.#beginJournal())
    return state
  }

  /** From now on the tracker ages and its state is kept, without calls. */
  start(): void {
    this.#timer = setInterval(() => void this.tick(), TICK_MS)
    this.#timer.unref()
  }

  /** What is due: sweeps, a flush of the journal, a snapshot. Never rejects. Resolves when it is done. */
  tick(): Promise<void> {
    for (let i = 0; i < SWEEPS_PER_TICK; i++) this.tracker.advance()
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
    })
    return this.#working
  }

  /** Writes a last snapshot. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#working
    await this.#guarded('could not save the active series', () => this.#save())
    this.tracker.onAdmitted = undefined
    await this.#guarded('could not close the journal of series', async () =>
      this.#journal?.close(this.#window),
    )
  }

  async #work(): Promise<void> {
    const { nowMs, saveIntervalMs } = this.#options
    const elapsedMs = nowMs() - this.#savedMs
    if (elapsedMs >= saveIntervalMs || elapsedMs < 0 || (this.#journal?.bytes ?? 0) > JOURNAL_BYTES_MAX) {
      // Also after a failure: a full disk is not tried every second.
      this.#savedMs = nowMs()
      await this.#guarded('could not save the active series; tries again later', () => this.#save())
    } else await this.#flush()
  }

  async #flush(): Promise<void> {
    await this.#guarded(NOT_NOTED, async () => this.#journal?.flush(this.#window))
  }

  async #guarded(message: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#options.log.warn({ err: error, directory: this.#directory }, message)
    }
  }

  get #window(): Window {
    const { table, windowStartMs } = this.tracker
    return { window: this.#windowBase + table.window, windowStartMs }
  }

  async #beginJournal(): Promise<number> {
    const number = this.#nextJournal++
    const journal = await AdmissionJournal.create(this.#directory, number, this.tracker.registry)
    const old = this.#journal
    this.#journal = journal
    await old?.close(this.#window)
    return number
  }

  /** What is admitted from here on is in the new journal, what was admitted before is in the snapshot. */
  async #save(): Promise<void> {
    const number = await this.#beginJournal()
    const path = join(this.#directory, SNAPSHOT)
    try {
      await this.#writeSnapshot(`${path}.new`, number)
      await rename(`${path}.new`, path)
    } catch (error) {
      await rm(`${path}.new`, { force: true })
      throw error
    }
    await syncDirectory(this.#directory)
    for (const file of await journalsOf(this.#directory))
      if (file.number < number) await rm(join(this.#directory, file.name), { force: true })
  }

  /** Shard by shard, with time for requests in between. Each shard is as it was when its turn came. */
  async #writeSnapshot(path: string, number: number): Promise<void> {
    const { registry, table } = this.tracker
    const explained = new Explained()
    const file = await open(path, 'w', 0o600)
    try {
      let frames = [headFrame({ number, series: table.active })]
      let bytes = 0
      let words = new Int32Array(0)
      let changes = -1
      for (let shard = 0; shard < SHARDS; shard++) {
        if (words.length < table.wordsOf(shard)) words = new Int32Array(table.wordsOf(shard) * 2)
        const length = table.copyShard(shard, words)
        if (length === 0) continue
        if (changes !== registry.changes) {
          changes = registry.changes
          frames.push(explained.frameOf(registry, numbersBelow(registry.end)) ?? NOTHING)
        }
        frames.push(seriesFrame(this.#window, words.subarray(0, length)))
        bytes += frames.at(-1)!.length
        if (bytes < BYTES_PER_WRITE) continue
        await file.appendFile(Buffer.concat(frames))
        frames = []
        bytes = 0
        await this.#flush()
      }
      await file.appendFile(Buffer.concat([...frames, endFrame()]))
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

const NOTHING = Buffer.alloc(0)

type Restored = {
  readonly tracker: SeriesTracker
  readonly windowBase: number
  readonly nextJournal: number
}

async function restore(directory: string, options: SeriesStateOptions): Promise<Restored> {
  let tracker = options.makeTracker()
  let reader = new StateReader(tracker)
  let first = 0
  if ((await readdir(directory)).includes(SNAPSHOT)) {
    try {
      first = await reader.snapshot(join(directory, SNAPSHOT))
    } catch (error) {
      await putAside(directory, SNAPSHOT, error, options)
      tracker = options.makeTracker()
      reader = new StateReader(tracker)
    }
  }
  const journals = await journalsOf(directory)
  for (const { name, number } of journals) {
    if (number < first) continue
    try {
      await reader.journal(join(directory, name))
    } catch (error) {
      options.log.info({ file: name, reason: reasonOf(error) }, 'the end of a journal of series is not whole')
    }
  }
  const nextJournal = Math.max(first, ...journals.map(({ number }) => number)) + 1
  return { tracker, windowBase: reader.finish(), nextJournal }
}

/** In order of number. */
async function journalsOf(directory: string): Promise<{ name: string; number: number }[]> {
  const journals = (await readdir(directory)).flatMap((name) => {
    const number = JOURNAL.exec(name)?.[1]
    return number === undefined ? [] : [{ name: journalName(Number(number)), number: Number(number) }]
  })
  return journals.sort((a, b) => a.number - b.number)
}

async function putAside(
  directory: string,
  name: string,
  error: unknown,
  { log }: SeriesStateOptions,
): Promise<void> {
  const aside = `${name}.broken`
  log.warn(
    { file: join(directory, name), movedTo: aside, reason: reasonOf(error) },
    'The saved series could not be read and were put aside; active series are counted anew',
  )
  await rename(join(directory, name), join(directory, aside)).catch(() => undefined)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function* numbersBelow(end: number): Generator<number> {
  for (let number = 1; number < end; number++) yield number
}
