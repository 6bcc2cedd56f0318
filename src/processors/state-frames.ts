import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/**
 * Files that keep state over restarts: frames one after the other, each
 *
 *     u32 kind | u32 payload length | u32 CRC-32 of kind, length and payload | payload
 *
 * little-endian. What the kinds and payloads are is the owner's.
 */
const HEADER_BYTES = 12
/** Far above any frame that is written. */
const PAYLOAD_BYTES_MAX = 256 << 20

/** Why a file can't be read: a clause after its name. */
export class StateError extends Error {}

export function frame(kind: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length)
  bytes.writeUInt32LE(kind, 0)
  bytes.writeUInt32LE(payload.length, 4)
  payload.copy(bytes, HEADER_BYTES)
  bytes.writeUInt32LE(checksum(bytes, payload), 8)
  return bytes
}

function checksum(header: Buffer, payload: Buffer): number {
  return crc32(payload, crc32(header.subarray(0, 8)))
}

export type Frame = { readonly kind: number; readonly payload: Buffer }

/** The frames of a file, each valid until the next. Throws a {@link StateError} at the first that is not whole. */
export async function* readFrames(file: FileHandle): AsyncGenerator<Frame> {
  const { size } = await file.stat()
  const reader = new AheadReader(file)
  const header = Buffer.alloc(HEADER_BYTES)
  let kept = Buffer.alloc(0)
  for (let at = 0; at < size; ) {
    await reader.read(header)
    const length = header.readUInt32LE(4)
    if (length > PAYLOAD_BYTES_MAX || at + HEADER_BYTES + length > size) throw new StateError('is cut short')
    if (kept.length < length) kept = Buffer.alloc(length)
    const payload = kept.subarray(0, length)
    await reader.read(payload)
    if (checksum(header, payload) !== header.readUInt32LE(8))
      throw new StateError(`does not match its checksum at byte ${at}`)
    yield { kind: header.readUInt32LE(0), payload }
    at += HEADER_BYTES + length
  }
}

/** Reads a file from its start, in large pieces. */
class AheadReader {
  readonly #file: FileHandle
  readonly #piece = Buffer.alloc(1 << 18)
  #start = 0
  #end = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Fills the target with the next bytes. Throws a {@link StateError} if there are not so many. */
  async read(target: Buffer): Promise<void> {
    for (let done = 0; done < target.length; ) {
      if (this.#start === this.#end) {
        this.#start = 0
        this.#end = (await this.#file.read(this.#piece, 0, this.#piece.length)).bytesRead
        if (this.#end === 0) throw new StateError('is cut short')
      }
      const copied = this.#piece.copy(target, done, this.#start, this.#end)
      this.#start += copied
      done += copied
    }
  }
}

/** After it, files of the directory are under the names that they were given, whatever fails. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
