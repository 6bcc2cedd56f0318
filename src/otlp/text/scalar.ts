import { ValueKind } from '../slots.ts'
import type { TextSink } from '../text-sink.ts'
import { Varint } from '../wire/varint.ts'
import { writeInt64 } from './integer.ts'
import { writeAscii } from './range.ts'

const varint = new Varint()

/** Writes an int (decimal digits) or bool (`true`, `false`): the kinds whose text is the same inside JSON. */
export function writeScalar(
  kind: typeof ValueKind.int | typeof ValueKind.bool,
  bytes: Uint8Array,
  start: number,
  end: number,
  sink: TextSink,
): void {
  if (kind === ValueKind.bool) {
    writeAscii(start === 0 ? 'false' : 'true', sink)
    return
  }
  if (varint.read(bytes, start, end)) writeInt64(varint.low, varint.high, sink)
}
