import type { TextSink } from '../text-sink.ts'

/** Below this many bytes a loop is quicker than the call into native code. */
const SHORT_BYTES = 48

/** Copies a range of bytes as it is. */
export function writeRange(bytes: Uint8Array, start: number, end: number, sink: TextSink): void {
  const length = end - start
  sink.reserve(length)
  const { buffer, length: at } = sink
  if (length < SHORT_BYTES) for (let i = 0; i < length; i++) buffer[at + i] = bytes[start + i]!
  else buffer.set(bytes.subarray(start, end), at)
  sink.length = at + length
}

/** Writes a short ASCII string. */
export function writeAscii(text: string, sink: TextSink): void {
  const { length } = text
  sink.reserve(length)
  const { buffer, length: at } = sink
  for (let i = 0; i < length; i++) buffer[at + i] = text.charCodeAt(i)
  sink.length = at + length
}
