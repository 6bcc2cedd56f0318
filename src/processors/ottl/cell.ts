import { ValueKind } from '../../otlp/slots.ts'
import { Varint } from '../../otlp/wire/varint.ts'
import { Kind } from './kinds.ts'
import type { Plain } from './plain.ts'

const NOTHING = Buffer.alloc(0)
const NO_WORDS = new Uint32Array(0)
const varint = new Varint()
const DOUBLE = new Float64Array(1)
const DOUBLE_BYTES = new Uint8Array(DOUBLE.buffer)

/**
 * How a cell holds a map or list: bytes of its message, rows of the attribute table, plain JavaScript, or 64-bit
 * elements of a batch's array, which are ints or doubles.
 */
export const Form = { message: 0, rows: 1, plain: 2, ints: 3, doubles: 4 } as const

/**
 * A value, in a place that is written again for the next record: how values pass between the parts of a
 * condition without an object each. Which members count depends on `kind`: bool: `low` (0 or 1); int, time (since
 * 1970), duration, both in ns: `low` and `high`, both signed 32-bit words; of a time, `number` is its zone's offset
 * in seconds; double: `number`; string, bytes, ids: `bytes[start, end)`; map,
 * list: see {@link Form}; messages: how many, as an int.
 */
export class Cell {
  kind: Kind = Kind.nil
  low = 0
  high = 0
  number = 0.5
  bytes: Buffer = NOTHING
  start = 0
  end = 0
  form: number = Form.message
  plain: Plain = null
  words: Uint32Array = NO_WORDS

  constructor() {
    this.number = 0
  }

  setNil(): void {
    this.kind = Kind.nil
  }

  setBool(value: boolean): void {
    this.kind = Kind.bool
    this.low = value ? 1 : 0
  }

  /** A 64-bit integer as two words; the sign is the high word's. */
  setInt(low: number, high: number): void {
    this.kind = Kind.int
    this.low = low | 0
    this.high = high | 0
  }

  /** Nanoseconds since 1970; `offset`: seconds that its zone is ahead of UTC. */
  setTime(low: number, high: number, offset = 0): void {
    this.setInt(low, high)
    this.kind = Kind.time
    this.number = offset
  }

  /** Nanoseconds. */
  setDuration(low: number, high: number): void {
    this.setInt(low, high)
    this.kind = Kind.duration
  }

  setDouble(value: number): void {
    this.kind = Kind.double
    this.number = value
  }

  setRange(kind: Kind, bytes: Buffer, start: number, end: number): void {
    this.kind = kind
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** A map or list in its message's bytes. */
  setMessage(kind: Kind, bytes: Buffer, start: number, end: number): void {
    this.setRange(kind, bytes, start, end)
    this.form = Form.message
  }

  /** A map in rows [first, first + count) of the attribute table. */
  setRows(first: number, count: number): void {
    this.kind = Kind.map
    this.form = Form.rows
    this.start = first
    this.end = first + count
  }

  setPlain(kind: Kind, plain: Plain): void {
    this.kind = kind
    this.form = Form.plain
    this.plain = plain
  }

  /** New text. */
  setText(text: string): void {
    const bytes = Buffer.from(text)
    this.setRange(Kind.string, bytes, 0, bytes.length)
  }

  /** The text of a string. */
  text(): string {
    return this.bytes.toString('utf8', this.start, this.end)
  }

  /** A list of elements [first, first + count) of one of the batch's arrays. */
  setElements(
    form: typeof Form.ints | typeof Form.doubles,
    words: Uint32Array,
    first: number,
    count: number,
  ): void {
    this.kind = Kind.list
    this.form = form
    this.words = words
    this.start = first
    this.end = first + count
  }

  /** An OTLP value, as the batch's tables name it ({@link ValueKind}). */
  setValue(bytes: Buffer, kind: number, start: number, end: number): void {
    switch (kind) {
      case ValueKind.string:
        this.setRange(Kind.string, bytes, start, end)
        break
      case ValueKind.bool:
        this.setBool(start !== 0)
        break
      case ValueKind.int:
        varint.read(bytes, start, end)
        this.setInt(varint.low, varint.high)
        break
      case ValueKind.double:
        for (let i = 0; i < 8; i++) DOUBLE_BYTES[i] = bytes[start + i]!
        this.setDouble(DOUBLE[0]!)
        break
      case ValueKind.array:
        this.setMessage(Kind.list, bytes, start, end)
        break
      case ValueKind.kvlist:
        this.setMessage(Kind.map, bytes, start, end)
        break
      case ValueKind.bytes:
        this.setRange(Kind.bytes, bytes, start, end)
        break
      default:
        this.kind = Kind.nil
    }
  }

  copyFrom(other: Cell): void {
    this.kind = other.kind
    this.low = other.low
    this.high = other.high
    this.number = other.number
    this.bytes = other.bytes
    this.start = other.start
    this.end = other.end
    this.form = other.form
    this.plain = other.plain
    this.words = other.words
  }

  /** Lets go of what it points at. */
  clear(): void {
    this.kind = Kind.nil
    this.bytes = NOTHING
    this.plain = null
    this.words = NO_WORDS
  }
}

/** The double nearest to a 64-bit integer. */
export function intToDouble(low: number, high: number): number {
  return high * 4_294_967_296 + (low >>> 0)
}

export function intToBigInt(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0)
}
