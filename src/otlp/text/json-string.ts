import type { TextSink } from '../text-sink.ts'
import { isUtf8, repairUtf8 } from '../utf8.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const HEX = Buffer.from('0123456789abcdef')
/** The letter after the backslash, by control character; 0 means \u00XX. */
const SHORT_ESCAPES = new Uint8Array(0x20)
SHORT_ESCAPES[0x08] = 0x62
SHORT_ESCAPES[0x09] = 0x74
SHORT_ESCAPES[0x0a] = 0x6e
SHORT_ESCAPES[0x0c] = 0x66
SHORT_ESCAPES[0x0d] = 0x72

/** Writes the range as a JSON string with its quotes, escaped as JSON.stringify does; what is not UTF-8 becomes U+FFFD. */
export function writeJsonString(bytes: Uint8Array, start: number, end: number, sink: TextSink): void {
  if (isUtf8(bytes, start, end)) {
    writeEscaped(bytes, start, end, sink)
    return
  }
  const repaired = repairUtf8(bytes, start, end)
  writeEscaped(repaired, 0, repaired.length, sink)
}

function writeEscaped(bytes: Uint8Array, start: number, end: number, sink: TextSink): void {
  // The longest escape of one byte is 6 bytes.
  sink.reserve(6 * (end - start) + 2)
  const { buffer } = sink
  let at = sink.length
  buffer[at++] = QUOTE
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte >= 0x20) {
      if (byte === QUOTE || byte === BACKSLASH) buffer[at++] = BACKSLASH
      buffer[at++] = byte
      continue
    }
    const letter = SHORT_ESCAPES[byte]!
    buffer[at++] = BACKSLASH
    if (letter !== 0) buffer[at++] = letter
    else {
      buffer[at++] = 0x75
      buffer[at++] = 0x30
      buffer[at++] = 0x30
      buffer[at++] = HEX[byte >>> 4]!
      buffer[at++] = HEX[byte & 15]!
    }
  }
  buffer[at++] = QUOTE
  sink.length = at
}
