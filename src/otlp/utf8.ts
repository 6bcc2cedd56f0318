/** Keeps a byte order mark: it belongs to the text. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The index of the first byte from `start` on that is not ASCII, or `end`. */
function asciiEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  for (const last = end - 4; i <= last; i += 4) {
    if (((bytes[i]! | bytes[i + 1]! | bytes[i + 2]! | bytes[i + 3]!) & 0x80) !== 0) break
  }
  while (i < end && bytes[i]! < 0x80) i++
  return i
}

const HIGH_BITS = 0x8080_8080 | 0

/**
 * Whether the range is ASCII. `view` is over the same bytes: four of them per load, the last load overlapping
 * the one before, so that short texts, which most are, take a handful of steps.
 */
export function isAscii(view: DataView, start: number, end: number): boolean {
  const last = end - 4
  if (last < start) {
    for (let i = start; i < end; i++) if (view.getUint8(i) >= 0x80) return false
    return true
  }
  let seen = view.getInt32(last, true)
  for (let i = start; i < last; i += 4) seen |= view.getInt32(i, true)
  return (seen & HIGH_BITS) === 0
}

/** Whether the range is well-formed UTF-8 (Unicode 16, table 3-7): no overlong forms, surrogates or cut characters. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let i = asciiEnd(bytes, start, end)
  while (i < end) {
    const lead = bytes[i]!
    if (lead < 0x80) {
      i++
      continue
    }
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    if (lead < 0xc2 || lead > 0xf4 || i + length > end) return false
    // Only the second byte's range depends on the lead.
    const second = bytes[i + 1]!
    const from = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const to = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (second < from || second > to) return false
    for (let k = 2; k < length; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return false
    i += length
  }
  return true
}

/** The range with U+FFFD for what is not UTF-8, placed as the WHATWG Encoding Standard's decoder does. A copy. */
export function repairUtf8(bytes: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(decoder.decode(bytes.subarray(start, end)))
}
