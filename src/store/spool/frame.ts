import { crc32 } from 'node:zlib'
import type { SpoolFile } from './files.ts'

/**
 * The one record format of the spool's files:
 *
 *     u32 magic | u32 kind | u32 payload length | payload | u32 CRC-32 of everything before | u32 end magic
 *
 * little-endian. A frame counts only if its trailer is intact, so a crash at any instant leaves either the whole
 * frame or none of it.
 */
const MAGIC = 0x52494557 // 'WEIR'
const END_MAGIC = 0x0a444e45 // 'END\n'
const HEADER_BYTES = 12
const TRAILER_BYTES = 8
export const FRAME_OVERHEAD_BYTES = HEADER_BYTES + TRAILER_BYTES
/** Far above every limit of the configuration; a larger length is a broken header. */
const PAYLOAD_BYTES_MAX = 0x7fffffff

/** The chunks of one frame. The payload's chunks are not copied: they must not change until the write is done. */
export function frame(
  kind: number,
  payload: ReadonlyArray<Uint8Array>,
): { chunks: Uint8Array[]; byteLength: number } {
  let length = 0
  for (const chunk of payload) length += chunk.byteLength
  if (length > PAYLOAD_BYTES_MAX) throw new Error(`BUG: a frame of ${length} bytes`)
  const header = Buffer.allocUnsafe(HEADER_BYTES)
  header.writeUInt32LE(MAGIC, 0)
  header.writeUInt32LE(kind, 4)
  header.writeUInt32LE(length, 8)
  let checksum = crc32(header)
  for (const chunk of payload) checksum = crc32(chunk, checksum)
  const trailer = Buffer.allocUnsafe(TRAILER_BYTES)
  trailer.writeUInt32LE(checksum, 0)
  trailer.writeUInt32LE(END_MAGIC, 4)
  return { chunks: [header, ...payload, trailer], byteLength: length + FRAME_OVERHEAD_BYTES }
}

export type Frame = {
  readonly kind: number
  /** Where the frame starts in its file. */
  readonly position: number
  readonly payloadPosition: number
  readonly payloadLength: number
  /** The payload's first bytes, at most `keepBytes` of them. */
  readonly payload: Buffer
}

const CHUNK_BYTES = 1 << 20

/**
 * Yields the intact frames of a file and returns where the last one ends: everything past it is the torn end of
 * a write that never finished. Large payloads are checked in chunks; only the first `keepBytes(frame kind)` are kept.
 */
export async function* readFrames(file: SpoolFile, keepBytesMax: number): AsyncGenerator<Frame, number> {
  const size = await file.size()
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let position = 0
  while (position + FRAME_OVERHEAD_BYTES <= size) {
    const read = await readFrame(file, position, size, keepBytesMax, chunk)
    if (read === undefined) break
    yield read
    position = read.payloadPosition + read.payloadLength + TRAILER_BYTES
  }
  return position
}

/**
 * True if the frame at `position` is broken but was whole once: another one begins where it says that it ends. (Only
 * there: bytes that look like a frame may stand inside of one, since senders choose what bodies hold.)
 */
export async function isFollowed(file: SpoolFile, position: number): Promise<boolean> {
  const header = await readExactly(file, position, HEADER_BYTES)
  if (header.readUInt32LE(0) !== MAGIC) return false
  const next = position + FRAME_OVERHEAD_BYTES + header.readUInt32LE(8)
  const size = await file.size()
  if (next + FRAME_OVERHEAD_BYTES > size) return false
  return (await readFrame(file, next, size, 0, Buffer.allocUnsafe(CHUNK_BYTES))) !== undefined
}

async function readFrame(
  file: SpoolFile,
  position: number,
  size: number,
  keepBytesMax: number,
  chunk: Buffer,
): Promise<Frame | undefined> {
  const header = await readExactly(file, position, HEADER_BYTES)
  if (header.readUInt32LE(0) !== MAGIC) return undefined
  const payloadLength = header.readUInt32LE(8)
  const payloadPosition = position + HEADER_BYTES
  const end = payloadPosition + payloadLength
  if (end + TRAILER_BYTES > size) return undefined
  let checksum = crc32(header)
  const payload = Buffer.allocUnsafe(Math.min(payloadLength, keepBytesMax))
  for (let at = payloadPosition; at < end; ) {
    const bytesRead = await file.read(chunk.subarray(0, Math.min(CHUNK_BYTES, end - at)), at)
    if (bytesRead === 0) return undefined
    const part = chunk.subarray(0, bytesRead)
    checksum = crc32(part, checksum)
    const kept = at - payloadPosition
    if (kept < payload.length) part.copy(payload, kept)
    at += bytesRead
  }
  const trailer = await readExactly(file, end, TRAILER_BYTES)
  if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== END_MAGIC) return undefined
  return { kind: header.readUInt32LE(4), position, payloadPosition, payloadLength, payload }
}

async function readExactly(file: SpoolFile, position: number, length: number): Promise<Buffer> {
  const target = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const bytesRead = await file.read(target.subarray(done), position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return target
}
