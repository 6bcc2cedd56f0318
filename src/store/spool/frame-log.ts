import { join } from 'node:path'
import type { SpoolDisk, SpoolFile } from './files.ts'
import { type Frame, frame, isFollowed, readFrames } from './frame.ts'

/**
 * A write failed and what it left behind could not be cut off either. Nobody may be answered any more: what is
 * on the disk decides after a restart (docs/architecture.md).
 */
export class FatalSpoolError extends Error {
  constructor(message: string, options: { cause: unknown }) {
    super(message, options)
    this.name = 'FatalSpoolError'
  }
}

export type Appended = {
  readonly file: number
  readonly payloadPosition: number
  readonly byteLength: number
}

export type ReplayedFrame = Frame & { readonly file: number }

type Active = { number: number; file: SpoolFile; end: number }

const SUFFIX = '.log'

/**
 * An append-only log of frames over numbered files in one directory. Calls run one after the other. A failed
 * append is cut off (truncate and fsync) and the log goes on in a new file, since what a failed fsync left in the
 * page cache can't be trusted; if the cut fails too, {@link FatalSpoolError}.
 */
export class FrameLog {
  readonly #disk: SpoolDisk
  readonly #directory: string
  #nextNumber = 1
  #active: Active | undefined
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(disk: SpoolDisk, directory: string) {
    this.#disk = disk
    this.#directory = directory
  }

  /**
   * Opens a directory, hands every intact frame of every file to `onFrame`, in order, and cuts off a torn tail
   * (`onTorn` is told). New frames go to a new file. With `everyFrameSynced` only the last frame of the last file can
   * be torn by a crash; anywhere else the disk has damaged what was durable, and the log is not opened: cutting there
   * would take intact frames away.
   */
  static async open(
    disk: SpoolDisk,
    directory: string,
    options: {
      keepBytesMax: number
      onFrame: (frame: ReplayedFrame, file: SpoolFile) => Promise<void> | void
      onTorn: (file: string, bytes: number) => void
      everyFrameSynced?: boolean
    },
  ): Promise<FrameLog> {
    await disk.makeDirectory(directory)
    const log = new FrameLog(disk, directory)
    const numbers = await log.files()
    for (const number of numbers) {
      log.#nextNumber = number + 1
      await log.#replay(number, options, number === numbers.at(-1))
    }
    return log
  }

  /** The numbers of the files there are, oldest first. */
  async files(): Promise<number[]> {
    const names = await this.#disk.list(this.#directory)
    return names.filter((name) => name.endsWith(SUFFIX)).map((name) => Number.parseInt(name, 10))
  }

  /** The file that the next append goes to, if one is open. */
  get activeNumber(): number | undefined {
    return this.#active?.number
  }

  get activeBytes(): number {
    return this.#active?.end ?? 0
  }

  /** Appends one frame; with `sync` it is durable when this resolves. After a rejection nothing of it is left. */
  append(kind: number, payload: ReadonlyArray<Uint8Array>, sync: boolean): Promise<Appended> {
    return this.#serially(async () => {
      const active = this.#active ?? (await this.#create())
      const { chunks, byteLength } = frame(kind, payload)
      const start = active.end
      try {
        await active.file.write(chunks, start)
        if (sync) await active.file.sync()
      } catch (cause) {
        await this.#cut(active, start, cause)
        throw cause
      }
      active.end = start + byteLength
      return { file: active.number, payloadPosition: start + chunks[0]!.byteLength, byteLength }
    })
  }

  /** Makes all appended frames durable. After a rejection none since the last sync may be relied on. */
  sync(): Promise<void> {
    return this.#serially(async () => {
      const active = this.#active
      if (active === undefined) return
      try {
        await active.file.sync()
      } catch (cause) {
        this.#active = undefined
        await active.file.close().catch(() => undefined)
        throw cause
      }
    })
  }

  /** Closes the active file; the next append opens a new one. */
  rotate(): Promise<void> {
    return this.#serially(() => this.#closeActive())
  }

  /** Deletes a file other than the active one. */
  remove(number: number): Promise<void> {
    return this.#serially(async () => {
      if (this.#active?.number === number) throw new Error(`BUG: file ${number} is being written`)
      await this.#disk.remove(this.#path(number))
      await this.#disk.syncDirectory(this.#directory)
    })
  }

  read(number: number): Promise<SpoolFile> {
    return this.#disk.open(this.#path(number), 'read')
  }

  async close(): Promise<void> {
    await this.#serially(() => this.#closeActive())
  }

  #path(number: number): string {
    return join(this.#directory, `${String(number).padStart(10, '0')}${SUFFIX}`)
  }

  #serially<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(step)
    this.#tail = result.catch(() => undefined)
    return result
  }

  async #create(): Promise<Active> {
    const number = this.#nextNumber++
    const file = await this.#disk.open(this.#path(number), 'create')
    try {
      await this.#disk.syncDirectory(this.#directory)
    } catch (error) {
      await file.close().catch(() => undefined)
      await this.#removeEmpty(number)
      throw error
    }
    this.#active = { number, file, end: 0 }
    return this.#active
  }

  async #closeActive(): Promise<void> {
    const active = this.#active
    this.#active = undefined
    await active?.file.close()
  }

  async #cut(active: Active, length: number, cause: unknown): Promise<void> {
    this.#active = undefined
    try {
      await active.file.truncate(length)
      await active.file.sync()
    } catch (cutFailure) {
      await active.file.close().catch(() => undefined)
      throw new FatalSpoolError(
        `a write to ${this.#path(active.number)} failed and could not be cut off (${describe(cutFailure)})`,
        { cause },
      )
    }
    await active.file.close().catch(() => undefined)
    if (length === 0) await this.#removeEmpty(active.number)
  }

  /** A disk that stays full would otherwise collect one empty file per attempt. */
  async #removeEmpty(number: number): Promise<void> {
    await this.#disk.remove(this.#path(number)).catch(() => undefined)
  }

  async #replay(
    number: number,
    options: Parameters<typeof FrameLog.open>[2],
    isLast: boolean,
  ): Promise<void> {
    const file = await this.#disk.open(this.#path(number), 'append')
    try {
      const frames = readFrames(file, options.keepBytesMax)
      let next = await frames.next()
      for (; next.done !== true; next = await frames.next())
        await options.onFrame({ ...next.value, file: number }, file)
      const size = await file.size()
      if (size > next.value) {
        if (options.everyFrameSynced === true && (!isLast || (await isFollowed(file, next.value))))
          throw new Error(
            `${this.#path(number)} is damaged at byte ${next.value}, and acknowledged rows come after it. ` +
              'Restore the file from a copy; without one, move it away: then its rows are lost, and the rest goes on.',
          )
        options.onTorn(this.#path(number), size - next.value)
        await file.truncate(next.value)
        await file.sync()
      }
    } finally {
      await file.close()
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
