import { ValueKind } from './slots.ts'
import { writeBase64 } from './text/base64.ts'
import { writeDouble } from './text/double.ts'
import { writeJsonArray, writeJsonObject } from './text/json.ts'
import { writeRange } from './text/range.ts'
import { writeScalar } from './text/scalar.ts'
import { TextSink } from './text-sink.ts'

/**
 * Writes an AnyValue as the text that is stored for it. `kind`, `start` and `end` are those of a scanned batch
 * (see `ValueKind`), `bytes` is `batch.bytes`.
 *
 * | kind   | text |
 * |--------|------|
 * | empty  | nothing |
 * | string | as it is |
 * | bool   | `true`, `false` |
 * | int    | decimal digits, all 64 bits exact |
 * | double | the shortest text that reads back the same, as JavaScript prints it; `-0`, `NaN`, `Infinity`, `-Infinity` |
 * | bytes  | standard base64 with padding |
 * | array, kvlist | compact JSON: ints as exact decimal numbers, NaN and infinities as strings, bytes as base64 strings, an empty value as null, repeated keys kept in order, invalid UTF-8 as U+FFFD |
 */
export function writeValueText(
  kind: number,
  bytes: Buffer,
  start: number,
  end: number,
  sink: TextSink,
): void {
  switch (kind) {
    case ValueKind.string:
      writeRange(bytes, start, end, sink)
      break
    case ValueKind.bool:
    case ValueKind.int:
      writeScalar(kind, bytes, start, end, sink)
      break
    case ValueKind.double:
      writeDouble(bytes.readDoubleLE(start), sink)
      break
    case ValueKind.array:
      writeJsonArray(bytes, start, end, sink)
      break
    case ValueKind.kvlist:
      writeJsonObject(bytes, start, end, sink)
      break
    case ValueKind.bytes:
      writeBase64(bytes, start, end, sink)
      break
  }
}

let scratch = new TextSink()
/** Above this a scratch that one huge value made grow is given back. */
const SCRATCH_BYTES_MAX = 1 << 20

/** The same text as a string: for what is done once per resource, never per record. */
export function valueToString(kind: number, bytes: Buffer, start: number, end: number): string {
  if (kind === ValueKind.string) return bytes.toString('utf8', start, end)
  scratch.length = 0
  writeValueText(kind, bytes, start, end, scratch)
  const text = scratch.buffer.toString('utf8', 0, scratch.length)
  if (scratch.buffer.length > SCRATCH_BYTES_MAX) scratch = new TextSink()
  return text
}
