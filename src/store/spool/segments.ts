import {
  type CommitHeader,
  encodeHeader,
  KIND_COMMIT,
  locateBlocks,
  type SpoolBlock,
} from './commit-record.ts'
import type { SpoolDisk, SpoolFile } from './files.ts'
import { FRAME_OVERHEAD_BYTES } from './frame.ts'
import { FrameLog, type ReplayedFrame } from './frame-log.ts'

export type DurableCommit = { readonly header: CommitHeader; readonly blocks: ReadonlyArray<SpoolBlock> }

type Segment = { byteLength: number; unsettled: number; readonly firstCommit: number }

const READ_CHUNK_BYTES = 1 << 20

/** The append-only log of commits, in segments that are deleted once every block in them is settled. */
export class Segments {
  readonly #log: FrameLog
  readonly #segmentBytesMax: number
  readonly #segments: Map<number, Segment>
  #replayed: DurableCommit[]
  #byteLength = 0

  private constructor(log: FrameLog, replay: Replay, segmentBytesMax: number) {
    this.#log = log
    this.#segments = replay.segments
    this.#replayed = replay.commits
    this.#segmentBytesMax = segmentBytesMax
    for (const { byteLength } of replay.segments.values()) this.#byteLength += byteLength
  }

  static async open(
    disk: SpoolDisk,
    directory: string,
    options: { segmentBytesMax: number; onTorn: (file: string, bytes: number) => void },
  ): Promise<Segments> {
    const replay: Replay = { segments: new Map(), commits: [] }
    const log = await FrameLog.open(disk, directory, {
      keepBytesMax: 4,
      everyFrameSynced: true,
      onTorn: options.onTorn,
      onFrame: async (frame, file) => replayCommit(replay, frame, await readHeader(frame, file)),
    })
    // A file without an intact commit holds nothing: a crash between its creation and its first commit.
    for (const number of await log.files()) if (!replay.segments.has(number)) await log.remove(number)
    return new Segments(log, replay, options.segmentBytesMax)
  }

  get byteLength(): number {
    return this.#byteLength
  }

  get count(): number {
    return this.#segments.size
  }

  /** The commits that were found at the start, in order. Handed out once, so that they need not stay in memory. */
  takeReplayed(): DurableCommit[] {
    const commits = this.#replayed
    this.#replayed = []
    return commits
  }

  /** The lowest commit that is in the spool; Infinity if none is. */
  get oldestCommit(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const { firstCommit } of this.#segments.values()) oldest = Math.min(oldest, firstCommit)
    return oldest
  }

  /** Appends one commit and fsyncs it. `chunks` are the blocks' bytes, in the order of the header. */
  async append(header: CommitHeader, chunks: ReadonlyArray<Uint8Array>): Promise<DurableCommit> {
    if (this.#log.activeBytes >= this.#segmentBytesMax) await this.#log.rotate()
    const head = encodeHeader(header)
    const { file, payloadPosition, byteLength } = await this.#log.append(KIND_COMMIT, [head, ...chunks], true)
    const commit = { header, blocks: locateBlocks(header, file, payloadPosition, head.length) }
    addTo(this.#segments, file, commit, byteLength)
    this.#byteLength += byteLength
    return commit
  }

  /** The bytes of blocks, one after the other, as an insert sends them. */
  async *read(blocks: ReadonlyArray<SpoolBlock>): AsyncGenerator<Buffer> {
    let file: SpoolFile | undefined
    let open = -1
    try {
      for (const block of blocks) {
        if (file === undefined || block.segment !== open) {
          await file?.close()
          file = await this.#log.read(block.segment)
          open = block.segment
        }
        yield* readRange(file, block.position, block.byteLength)
      }
    } finally {
      await file?.close()
    }
  }

  /** Counts a block of a segment as settled. */
  settle(block: SpoolBlock): void {
    const segment = this.#segments.get(block.segment)
    if (segment === undefined || segment.unsettled === 0)
      throw new Error(`BUG: block ${block.commit}.${block.index} settled twice`)
    segment.unsettled--
  }

  /** Segments that nobody needs any more: all settled, and not being written. */
  deletable(): number[] {
    const active = this.#log.activeNumber
    return [...this.#segments]
      .filter(([number, { unsettled }]) => unsettled === 0 && number !== active)
      .map(([number]) => number)
  }

  /**
   * Closes the segment being written if all of it is settled and it is at least this large, so that it can be
   * deleted: otherwise a spool whose ceiling is near would refuse for ever what a deleted segment makes room for.
   */
  async closeSettled(bytesMin: number): Promise<void> {
    const active = this.#log.activeNumber
    const segment = active === undefined ? undefined : this.#segments.get(active)
    if (segment?.unsettled === 0 && segment.byteLength >= bytesMin) await this.#log.rotate()
  }

  async remove(segment: number): Promise<void> {
    await this.#log.remove(segment)
    this.#byteLength -= this.#segments.get(segment)?.byteLength ?? 0
    this.#segments.delete(segment)
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}

async function* readRange(file: SpoolFile, start: number, length: number): AsyncGenerator<Buffer> {
  const end = start + length
  for (let at = start; at < end; ) {
    const chunk = Buffer.allocUnsafe(Math.min(READ_CHUNK_BYTES, end - at))
    const bytesRead = await file.read(chunk, at)
    if (bytesRead === 0) throw new Error(`a spool segment ends at ${at}, ${end - at} bytes short`)
    at += bytesRead
    yield chunk.subarray(0, bytesRead)
  }
}

async function readHeader(
  frame: ReplayedFrame,
  file: SpoolFile,
): Promise<{ header: CommitHeader; length: number }> {
  if (frame.kind !== KIND_COMMIT)
    throw new Error(`a spool segment holds a frame of kind ${frame.kind}: written by a newer Weir?`)
  const length = frame.payload.readUInt32LE(0)
  const parts: Buffer[] = []
  for await (const part of readRange(file, frame.payloadPosition + 4, length)) parts.push(part)
  return { header: JSON.parse(Buffer.concat(parts).toString()) as CommitHeader, length: 4 + length }
}

type Replay = { readonly segments: Map<number, Segment>; readonly commits: DurableCommit[] }

function replayCommit(
  { segments, commits }: Replay,
  frame: ReplayedFrame,
  { header, length }: { header: CommitHeader; length: number },
): void {
  const blocks = locateBlocks(header, frame.file, frame.payloadPosition, length)
  const commit = { header, blocks }
  addTo(segments, frame.file, commit, frame.payloadLength + FRAME_OVERHEAD_BYTES)
  commits.push(commit)
}

function addTo(
  segments: Map<number, Segment>,
  number: number,
  commit: DurableCommit,
  byteLength: number,
): void {
  let segment = segments.get(number)
  if (segment === undefined) {
    segment = { byteLength: 0, unsettled: 0, firstCommit: commit.header.commit }
    segments.set(number, segment)
  }
  segment.byteLength += byteLength
  segment.unsettled += commit.blocks.length
}
