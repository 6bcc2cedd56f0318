/**
 * Requests made once and changed in place before each sending: encoding them anew would cost the load generator more
 * than the gateway. A template marks what differs by bytes that stand nowhere else, finds them in the encoded
 * request, and from then on knows where to write.
 */
export type Source = {
  /** Records of a request. */
  readonly records: number
  /** Pods that send. Each has its own requests. */
  readonly pods: ReadonlyArray<PodSource>
}

export type PodSource = {
  /** The gRPC message: five bytes of prefix, then the request. */
  readonly bytes: Buffer
  /** Makes `bytes`, a copy of the template's, a request that was never sent before. */
  readonly refresh: (bytes: Buffer, nowMs: number) => void
}

/** Bytes that stand for a field in the template, and nowhere else. */
export type Mark = Buffer

const PREFIX_BYTES = 5

export function grpcMessage(request: Buffer): Buffer {
  const bytes = Buffer.alloc(PREFIX_BYTES + request.length)
  bytes.writeUInt32BE(request.length, 1)
  request.copy(bytes, PREFIX_BYTES)
  return bytes
}

/** Where the marks stand, which must come in this order; undefined ones are left out (-1). */
export function findMarks(bytes: Buffer, marks: Iterable<Mark | undefined>): Int32Array {
  const offsets: number[] = []
  let from = PREFIX_BYTES
  for (const mark of marks) {
    if (mark === undefined) {
      offsets.push(-1)
      continue
    }
    const at = bytes.indexOf(mark, from)
    if (at < 0) throw new Error(`BUG: the template has no ${mark.toString('hex')} after ${from}`)
    offsets.push(at)
    from = at + mark.length
  }
  return Int32Array.from(offsets)
}

export function wordsOf(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

let state = 0x9e3779b1 | 0

/** xorshift32: the same run makes the same requests, times aside. */
export function random(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return state >>> 0
}

export function writeRandom(bytes: Buffer, at: number, length: number): void {
  for (let i = 0; i < length; i += 4) bytes.writeUInt32LE(random(), at + i)
}

export function writeDigits(bytes: Buffer, at: number, width: number, value: number): void {
  let rest = value
  for (let i = at + width - 1; i >= at; i--) {
    const next = Math.floor(rest / 10)
    bytes[i] = 0x30 + rest - next * 10
    rest = next
  }
}

/** A time that counts up by a step, as two words: no BigInt per record. */
export class Stepper {
  low = 0
  high = 0

  set(ns: bigint): void {
    this.low = Number(ns & 0xffffffffn)
    this.high = Number(ns >> 32n)
  }

  step(ns: number): void {
    this.low += ns
    if (this.low > 0xffffffff) {
      this.low -= 0x1_0000_0000
      this.high++
    }
  }

  write(bytes: Buffer, at: number): void {
    bytes.writeUInt32LE(this.low, at)
    bytes.writeUInt32LE(this.high, at + 4)
  }

  /** Writes the time and `aheadNs` (below 2^32) after it. */
  writeAhead(bytes: Buffer, at: number, aheadNs: number): void {
    const low = this.low + aheadNs
    bytes.writeUInt32LE(low % 0x1_0000_0000, at)
    bytes.writeUInt32LE(this.high + (low > 0xffffffff ? 1 : 0), at + 4)
  }
}
