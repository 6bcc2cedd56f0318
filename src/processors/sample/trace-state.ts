/** What OpenTelemetry's member of a W3C tracestate says of sampling: `ot=th:c;rv:9b8233f7e3a151`. Written anew for each span. */
export class SamplingState {
  /** Explicit randomness as its upper 24 and lower 32 bits; meaningful if {@link hasRandomness}. */
  high = 0
  low = 0
  hasRandomness = false
  /** The share that samplers before have kept; 1 if none says. */
  probability = 1

  /** Reads `bytes[start, end)`. What is malformed counts as absent. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.hasRandomness = false
    this.probability = 1
    const value = memberStart(bytes, start, end)
    if (value < 0) return
    for (let at = value; at < end && bytes[at] !== COMMA; at++) {
      const stop = fieldEnd(bytes, at, end)
      if (bytes[at + 2] === COLON && at + 3 < stop) this.#readField(bytes, at, stop)
      at = stop
      if (bytes[at] === COMMA) return
    }
  }

  #readField(bytes: Uint8Array, at: number, stop: number): void {
    const digits = stop - at - 3
    const isRandomness = bytes[at] === LETTER.r && bytes[at + 1] === LETTER.v
    const isThreshold = bytes[at] === LETTER.t && bytes[at + 1] === LETTER.h
    if (digits > 14 || (isRandomness && digits !== 14) || !(isRandomness || isThreshold)) return
    let high = 0
    let low = 0
    for (let i = 0; i < 14; i++) {
      const digit = i < digits ? hexDigit(bytes[at + 3 + i]!) : 0
      if (digit < 0) return
      if (i < 6) high = high * 16 + digit
      else low = low * 16 + digit
    }
    if (isRandomness) {
      this.high = high
      this.low = low
      this.hasRandomness = true
    } else this.probability = 1 - (high * 2 ** 32 + low) / 2 ** 56
  }
}

const COMMA = 0x2c
const SEMICOLON = 0x3b
const COLON = 0x3a
const EQUALS = 0x3d
const LETTER = { h: 0x68, o: 0x6f, r: 0x72, t: 0x74, v: 0x76 } as const

/** Where the value of the member `ot` begins, or -1. */
function memberStart(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x09)) at++
    if (bytes[at] === LETTER.o && bytes[at + 1] === LETTER.t && bytes[at + 2] === EQUALS && at + 3 < end)
      return at + 3
    while (at < end && bytes[at] !== COMMA) at++
  }
  return -1
}

function fieldEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] !== SEMICOLON && bytes[at] !== COMMA) at++
  return at
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1
}
