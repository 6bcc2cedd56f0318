import type { SpoolDisk } from './files.ts'
import { FrameLog } from './frame-log.ts'

const KIND_ENTRIES = 1
const SNAPSHOT_CHUNK = 4096
const FRAME_BYTES_MAX = 256 << 20

/**
 * A small durable list of JSON entries that is folded from time to time: what is still needed is written to a
 * new file (`snapshot`), then the old files go. Each `append` is one frame: all of its entries or none.
 */
export class Journal<Entry> {
  readonly #log: FrameLog
  readonly #snapshot: () => Iterable<Entry>
  readonly #foldBytes: number
  #bytesAfterFold = 0
  /** A failed write or sync: what the files hold is not known; the next append folds first. */
  #broken = false
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(log: FrameLog, snapshot: () => Iterable<Entry>, foldBytes: number) {
    this.#log = log
    this.#snapshot = snapshot
    this.#foldBytes = foldBytes
  }

  /** Replays every entry into `onEntry`, in order. `snapshot` must yield what `onEntry` and `append` have built. */
  static async open<Entry>(
    disk: SpoolDisk,
    directory: string,
    options: {
      onEntry: (entry: Entry) => void
      onTorn: (file: string, bytes: number) => void
      snapshot: () => Iterable<Entry>
      foldBytes: number
    },
  ): Promise<Journal<Entry>> {
    const log = await FrameLog.open(disk, directory, {
      keepBytesMax: FRAME_BYTES_MAX,
      onTorn: options.onTorn,
      onFrame: ({ payload }) => {
        for (const entry of JSON.parse(payload.toString()) as Entry[]) options.onEntry(entry)
      },
    })
    return new Journal(log, options.snapshot, options.foldBytes)
  }

  /** Appends entries; with `sync`, durable (with all before them) when this resolves. */
  append(entries: ReadonlyArray<Entry>, sync: boolean): Promise<void> {
    return this.#serially(async () => {
      if (this.#broken || this.#log.activeBytes > Math.max(this.#foldBytes, 2 * this.#bytesAfterFold))
        await this.#fold()
      await this.#guarded(() => this.#log.append(KIND_ENTRIES, [encode(entries)], sync))
    })
  }

  sync(): Promise<void> {
    return this.#serially(async () => {
      if (this.#broken) await this.#fold()
      else await this.#guarded(() => this.#log.sync())
    })
  }

  /** Writes what is still needed to a new file and deletes the others. */
  fold(): Promise<void> {
    return this.#serially(() => this.#fold())
  }

  close(): Promise<void> {
    return this.#serially(() => this.#log.close())
  }

  async #fold(): Promise<void> {
    const old = await this.#log.files()
    await this.#guarded(async () => {
      await this.#log.rotate()
      let chunk: Entry[] = []
      for (const entry of this.#snapshot()) {
        chunk.push(entry)
        if (chunk.length < SNAPSHOT_CHUNK) continue
        await this.#log.append(KIND_ENTRIES, [encode(chunk)], false)
        chunk = []
      }
      await this.#log.append(KIND_ENTRIES, [encode(chunk)], true)
    })
    this.#broken = false
    this.#bytesAfterFold = this.#log.activeBytes
    for (const file of old) await this.#log.remove(file)
  }

  async #guarded(step: () => Promise<unknown>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.#broken = true
      throw error
    }
  }

  #serially(step: () => Promise<void>): Promise<void> {
    const result = this.#tail.then(step)
    this.#tail = result.catch(() => undefined)
    return result
  }
}

function encode<Entry>(entries: ReadonlyArray<Entry>): Uint8Array {
  return Buffer.from(JSON.stringify(entries))
}
