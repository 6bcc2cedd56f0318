/** Close codes of RFC 6455 and its registry, as the tail uses them. */
export const CLOSE = {
  /** The gateway stops. */
  goingAway: 1001,
  /** The client sent what it must not. */
  unsupported: 1003,
  /** No or no longer access. */
  policy: 1008,
  internal: 1011,
  /** No room now, or the client is too slow. */
  tryAgainLater: 1013,
} as const

/** A close frame has room for 123 bytes of it. */
const REASON_BYTES_MAX = 123

/** Cut at a character, where it is too long: `ws` throws otherwise, and clients show it as it is. */
export function closeReason(reason: string): string {
  if (Buffer.byteLength(reason) <= REASON_BYTES_MAX) return reason
  let cut = ''
  for (const character of reason) {
    if (Buffer.byteLength(cut + character) > REASON_BYTES_MAX - 3) break
    cut += character
  }
  return `${cut}…`
}
