import { WireType } from './wire-type.ts'

/** Bytes kept for the length of a nested message: a varint may be longer than it need be, and 4 bytes hold 2^28. */
const LENGTH_BYTES = 4
const LENGTH_MAX = 2 ** 28

/** Writes protobuf fields one after the other, nested messages in place: their length is put in when they end. */
export class WireWriter {
  #bytes: Buffer
  #length = 0
  readonly #shortest: boolean

  /** `shortest`: what a message holds is moved up to its length, which takes as few bytes as it can. */
  constructor(bytes: number, shortest = false) {
    this.#bytes = Buffer.allocUnsafe(Math.max(bytes, 64))
    this.#shortest = shortest
  }

  /** What was written. The writer's memory: it must not be written to again. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  varint(number: number, value: bigint): void {
    this.#tag(number, WireType.varint)
    this.#varint(BigInt.asUintN(64, value))
  }

  fixed64(number: number, value: bigint): void {
    this.#tag(number, WireType.fixed64)
    this.#reserve(8)
    this.#length = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length)
  }

  fixed32(number: number, value: number): void {
    this.#tag(number, WireType.fixed32)
    this.#reserve(4)
    this.#length = this.#bytes.writeUInt32LE(value >>> 0, this.#length)
  }

  double(number: number, value: number): void {
    this.#tag(number, WireType.fixed64)
    this.#reserve(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  text(number: number, value: string): void {
    const start = this.begin(number)
    this.#reserve(value.length * 3)
    // Lone surrogates, which JSON can hold and UTF-8 can't, become U+FFFD.
    this.#length += this.#bytes.write(value, this.#length, 'utf8')
    this.end(start)
  }

  bytes(number: number, value: Buffer): void {
    const start = this.begin(number)
    this.#reserve(value.length)
    value.copy(this.#bytes, this.#length)
    this.#length += value.length
    this.end(start)
  }

  /** Begins a length-delimited field; what is written until `end` is its content. */
  begin(number: number): number {
    this.#tag(number, WireType.bytes)
    this.#reserve(LENGTH_BYTES)
    this.#length += LENGTH_BYTES
    return this.#length
  }

  end(start: number): void {
    const length = this.#length - start
    if (length >= LENGTH_MAX) throw new Error(`BUG: a message of ${length} bytes`)
    const at = start - LENGTH_BYTES
    if (this.#shortest) {
      this.#length = at
      this.#varint(BigInt(length))
      this.#bytes.copyWithin(this.#length, start, start + length)
      this.#length += length
      return
    }
    this.#bytes[at] = (length & 0x7f) | 0x80
    this.#bytes[at + 1] = ((length >>> 7) & 0x7f) | 0x80
    this.#bytes[at + 2] = ((length >>> 14) & 0x7f) | 0x80
    this.#bytes[at + 3] = length >>> 21
  }

  /** Content that is there already, as it stands: a string, bytes, or a message. */
  range(number: number, source: Uint8Array, start: number, end: number): void {
    const from = this.begin(number)
    this.raw(source, start, end)
    this.end(from)
  }

  /** Bytes as they stand, without a field around them. */
  raw(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start)
    this.#bytes.set(source.subarray(start, end), this.#length)
    this.#length += end - start
  }

  /** A field of type int32, uint32, bool or enum. */
  number(number: number, value: number): void {
    this.#tag(number, WireType.varint)
    this.#varint32(value >>> 0)
  }

  /** A field of type fixed64 from its two words. */
  words(number: number, low: number, high: number): void {
    this.#tag(number, WireType.fixed64)
    this.#reserve(8)
    this.#length = this.#bytes.writeUInt32LE(low >>> 0, this.#length)
    this.#length = this.#bytes.writeUInt32LE(high >>> 0, this.#length)
  }

  /** Begins a field whose bytes the caller writes with {@link raw}: of type int64, whose varint stands somewhere already. */
  varintTag(number: number): void {
    this.#tag(number, WireType.varint)
  }

  #tag(number: number, wireType: number): void {
    this.#varint32(number * 8 + wireType)
  }

  #varint32(value: number): void {
    this.#reserve(5)
    let rest = value
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
    this.#bytes[this.#length++] = rest
  }

  #varint(value: bigint): void {
    this.#reserve(10)
    let rest = value
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80
    this.#bytes[this.#length++] = Number(rest)
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(needed * 2)
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
