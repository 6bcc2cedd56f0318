import type { TextSink } from '../text-sink.ts'

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PAD = 0x3d

/** Writes the range as standard base64 with padding (RFC 4648, section 4). */
export function writeBase64(bytes: Uint8Array, start: number, end: number, sink: TextSink): void {
  sink.reserve(Math.ceil((end - start) / 3) * 4)
  const { buffer } = sink
  let at = sink.length
  let i = start
  for (; i + 3 <= end; i += 3) {
    const bits = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    buffer[at++] = ALPHABET[bits >>> 18]!
    buffer[at++] = ALPHABET[(bits >>> 12) & 63]!
    buffer[at++] = ALPHABET[(bits >>> 6) & 63]!
    buffer[at++] = ALPHABET[bits & 63]!
  }
  if (i < end) {
    const two = i + 2 === end
    const bits = (bytes[i]! << 16) | (two ? bytes[i + 1]! << 8 : 0)
    buffer[at++] = ALPHABET[bits >>> 18]!
    buffer[at++] = ALPHABET[(bits >>> 12) & 63]!
    buffer[at++] = two ? ALPHABET[(bits >>> 6) & 63]! : PAD
    buffer[at++] = PAD
  }
  sink.length = at
}
