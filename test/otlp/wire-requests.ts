import fc from 'fast-check'
import {
  anyText,
  anyValue,
  attribute,
  type Bytes,
  bytesOf,
  id,
  int32s,
  integers,
  lengthField,
  message,
  requestBytes,
  tagged,
  uint32s,
  varintField,
} from './wire-generator.ts'

/** Random requests of logs and of traces as protobuf bytes (see wire-generator.ts). */

const logRecord = message(
  [
    { weight: 1, arbitrary: tagged(1, 1, bytesOf(8)) },
    { weight: 1, arbitrary: varintField(2, int32s) },
    { weight: 1, arbitrary: lengthField(3, anyText) },
    { weight: 2, arbitrary: lengthField(5, anyValue) },
    { weight: 4, arbitrary: lengthField(6, attribute) },
    { weight: 1, arbitrary: varintField(7, uint32s) },
    { weight: 1, arbitrary: tagged(8, 5, bytesOf(4)) },
    { weight: 1, arbitrary: lengthField(9, id(16)) },
    { weight: 1, arbitrary: lengthField(10, id(8)) },
    { weight: 1, arbitrary: tagged(11, 1, bytesOf(8)) },
    { weight: 1, arbitrary: lengthField(12, anyText) },
    // A number that is no more used, and those behind the last.
    { weight: 1, arbitrary: varintField(4, integers) },
    { weight: 1, arbitrary: lengthField(13, anyText) },
    { weight: 1, arbitrary: varintField(16, integers) },
  ],
  12,
)

/** A whole ExportLogsServiceRequest. */
export const logsRequestBytes: Bytes = requestBytes(logRecord)

/** Small and near each other, so that spans end before, when and after they start. */
const stamp: Bytes = fc.oneof(
  bytesOf(8),
  fc.nat({ max: 3 }).map((bits) => {
    const bytes = Buffer.alloc(8)
    // Differences in the low word, in the high word, and in both.
    bytes.writeUInt32LE(bits & 1, 0)
    bytes.writeUInt32LE(bits >> 1, 4)
    return bytes
  }),
)

const event = message(
  [
    { weight: 1, arbitrary: tagged(1, 1, stamp) },
    { weight: 1, arbitrary: lengthField(2, anyText) },
    { weight: 3, arbitrary: lengthField(3, attribute) },
    { weight: 1, arbitrary: varintField(4, uint32s) },
  ],
  6,
)

const link = message(
  [
    { weight: 1, arbitrary: lengthField(1, id(16)) },
    { weight: 1, arbitrary: lengthField(2, id(8)) },
    { weight: 1, arbitrary: lengthField(3, anyText) },
    { weight: 3, arbitrary: lengthField(4, attribute) },
    { weight: 1, arbitrary: varintField(5, uint32s) },
    { weight: 1, arbitrary: tagged(6, 5, bytesOf(4)) },
  ],
  6,
)

const status = message(
  [
    { weight: 1, arbitrary: lengthField(2, anyText) },
    { weight: 1, arbitrary: varintField(3, int32s) },
    // A number that is no more used.
    { weight: 1, arbitrary: varintField(1, int32s) },
  ],
  3,
)

const span = message(
  [
    { weight: 1, arbitrary: lengthField(1, id(16)) },
    { weight: 1, arbitrary: lengthField(2, id(8)) },
    { weight: 1, arbitrary: lengthField(3, anyText) },
    { weight: 1, arbitrary: lengthField(4, id(8)) },
    { weight: 1, arbitrary: lengthField(5, anyText) },
    { weight: 1, arbitrary: varintField(6, int32s) },
    { weight: 1, arbitrary: tagged(7, 1, stamp) },
    { weight: 1, arbitrary: tagged(8, 1, stamp) },
    { weight: 3, arbitrary: lengthField(9, attribute) },
    { weight: 1, arbitrary: varintField(10, uint32s) },
    { weight: 3, arbitrary: lengthField(11, event) },
    { weight: 1, arbitrary: varintField(12, uint32s) },
    { weight: 3, arbitrary: lengthField(13, link) },
    { weight: 1, arbitrary: varintField(14, uint32s) },
    { weight: 1, arbitrary: lengthField(15, status) },
    { weight: 1, arbitrary: tagged(16, 5, bytesOf(4)) },
  ],
  14,
)

/** A whole ExportTraceServiceRequest. */
export const tracesRequestBytes: Bytes = requestBytes(span)
