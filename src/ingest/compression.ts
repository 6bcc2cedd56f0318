import { promisify } from 'node:util'
import {
  constants,
  gunzip,
  gunzipSync,
  inflate,
  inflateSync,
  type ZlibOptions,
  type ZstdOptions,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib'
import { Refusal } from '../otlp/refusal.ts'
import { ReceiverError } from './failure.ts'

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'zstd'

/** What `info: true` makes node:zlib return; `bytesWritten` is how much of the input was used. */
type Inflated = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
type Options = ZlibOptions & ZstdOptions & { readonly maxOutputLength: number; readonly chunkSize: number }
type Codec = {
  readonly async: (input: Buffer, options: Options) => Promise<Inflated>
  readonly sync: (input: Buffer, options: Options) => Inflated
}

/** The typings of node:zlib know `info` as an option, but not what it makes of the result. */
const CODECS: Readonly<Record<Exclude<Encoding, 'identity'>, Codec>> = {
  gzip: { async: promisify(gunzip), sync: gunzipSync } as unknown as Codec,
  deflate: { async: promisify(inflate), sync: inflateSync } as unknown as Codec,
  zstd: { async: promisify(zstdDecompress), sync: zstdDecompressSync } as unknown as Codec,
}

/** RFC 8878, 3.1.1.1.2: decoders need not take windows above 8 MiB, and what they take is memory of ours. */
const ZSTD_WINDOW_LOG_MAX = 23
/** Deflate can't expand further than this. */
const DEFLATE_RATIO_MAX = 1032
/** Below both, the thread pool costs more than the work: 15 against 105 µs for 3 kB (docs/adr/0006). */
const SYNC_INPUT_BYTES_MAX = 16 * 1024
const SYNC_OUTPUT_BYTES_MAX = 128 * 1024
const CHUNK_BYTES_MIN = 1024
const CHUNK_BYTES_MAX = 16 * 1024 * 1024
/** At the same time, of the four threads that the spool's fsync needs too. */
const PARALLEL_MAX = 2

export type InflaterOptions = {
  /** `ingest.requestBytesMax` */
  readonly requestBytesMax: number
}

/**
 * Decompresses bodies, never to more than `requestBytesMax`, and at most two big ones at a time, so that bombs
 * cost at most twice that. Who waits is bounded by admission.
 */
export class Inflater {
  readonly #bytesMax: number
  readonly #waiting: Array<() => void> = []
  #running = 0

  constructor(options: InflaterOptions) {
    this.#bytesMax = options.requestBytesMax
  }

  /** The decompressed body. Throws {@link Refusal} `malformed` or `too_large`. */
  async inflate(encoding: Exclude<Encoding, 'identity'>, input: Buffer): Promise<Buffer> {
    if (input.length === 0) return input
    const small = input.length <= SYNC_INPUT_BYTES_MAX ? this.#inflateSmall(encoding, input) : undefined
    if (small !== undefined) return small
    if (this.#running >= PARALLEL_MAX) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return await this.#inflateFrames(encoding, input)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  /** On the spot, or undefined if the output is not small. */
  #inflateSmall(encoding: Exclude<Encoding, 'identity'>, input: Buffer): Buffer | undefined {
    const bytesMax = Math.min(SYNC_OUTPUT_BYTES_MAX, this.#bytesMax)
    try {
      const { buffer, engine } = CODECS[encoding].sync(input, optionsFor(encoding, input, bytesMax))
      return engine.bytesWritten === input.length ? buffer : undefined
    } catch (error) {
      if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return undefined
      throw malformed(encoding, error)
    }
  }

  /** node:zlib stops after the first zstd frame; a body may have several, and all of them are data. */
  async #inflateFrames(encoding: Exclude<Encoding, 'identity'>, input: Buffer): Promise<Buffer> {
    const parts: Buffer[] = []
    let rest = input
    let room = this.#bytesMax
    while (rest.length > 0) {
      const { buffer, engine } = await this.#inflateFrame(encoding, rest, room)
      if (buffer.length > room) throw tooLarge(this.#bytesMax, 'decompressed ')
      parts.push(buffer)
      room -= buffer.length
      rest = rest.subarray(engine.bytesWritten)
      if (rest.length > 0 && (encoding !== 'zstd' || engine.bytesWritten === 0))
        throw new Refusal(
          'malformed',
          `the ${encoding} body goes on after its end (${rest.length} bytes more)`,
        )
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  async #inflateFrame(
    encoding: Exclude<Encoding, 'identity'>,
    input: Buffer,
    room: number,
  ): Promise<Inflated> {
    try {
      return await CODECS[encoding].async(input, optionsFor(encoding, input, room))
    } catch (error) {
      if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(this.#bytesMax, 'decompressed ')
      throw malformed(encoding, error)
    }
  }
}

/** The refusal of a body over the limit; `what` is `decompressed ` or empty. */
export function tooLarge(bytesMax: number, what = ''): Refusal {
  return new Refusal(
    'too_large',
    `the ${what}request is larger than ${bytesMax} bytes (ingest.requestBytesMax); send smaller batches`,
  )
}

/** Reads a `Content-Encoding` or `grpc-encoding`; throws {@link ReceiverError} naming what is taken. */
export function encodingOf(header: string | undefined, taken: ReadonlyArray<Encoding>): Encoding {
  const name = header === undefined || header === '' ? 'identity' : header.trim().toLowerCase()
  const encoding = taken.find((candidate) => candidate === name)
  if (encoding !== undefined) return encoding
  throw new ReceiverError(
    'unsupported',
    `the encoding ${JSON.stringify(name.slice(0, 40))} is not taken; send one of ${taken.join(', ')}`,
  )
}

function optionsFor(encoding: Encoding, input: Buffer, bytesMax: number): Options {
  return {
    info: true,
    // node:zlib refuses a maximum of 0; an empty frame may still follow when the room is used up.
    maxOutputLength: Math.max(bytesMax, 1),
    chunkSize: chunkSizeFor(encoding, input, bytesMax),
    ...(encoding === 'zstd' ? { params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } } : {}),
  }
}

/**
 * One chunk that takes the whole output halves the cost of big bodies (each chunk is a trip through the thread
 * pool and a copy). Gzip ends with the length of its output; it may lie, so it is only a hint within what the
 * format can do.
 */
function chunkSizeFor(encoding: Encoding, input: Buffer, bytesMax: number): number {
  const told =
    encoding === 'gzip' && input.length >= 4 ? input.readUInt32LE(input.length - 4) + 1 : input.length * 6
  const possible = Math.min(told, input.length * DEFLATE_RATIO_MAX, bytesMax + 1, CHUNK_BYTES_MAX)
  return Math.max(possible, CHUNK_BYTES_MIN)
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

function malformed(encoding: Encoding, cause: unknown): Refusal {
  const what = codeOf(cause) === 'Z_BUF_ERROR' ? 'is cut short' : `is not valid ${encoding}`
  return new Refusal('malformed', `the ${encoding} body ${what}; send it again whole`, 0, { cause })
}
