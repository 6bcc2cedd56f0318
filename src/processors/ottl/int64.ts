import type { Cell } from './cell.ts'

/**
 * Go's int64 arithmetic (it wraps) on two 32-bit words, without BigInt. Every function puts its result into the
 * cell as an int.
 */

const WORD = 4_294_967_296
/** High words below which a 64-bit integer is exact as a double. */
const SAFE_HIGH = 1 << 20

export function setSum(cell: Cell, aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  const low = (aLow >>> 0) + (bLow >>> 0)
  cell.setInt(low | 0, (aHigh + bHigh + (low >= WORD ? 1 : 0)) | 0)
}

export function setDifference(cell: Cell, aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  const low = (aLow >>> 0) - (bLow >>> 0)
  cell.setInt(low | 0, (aHigh - bHigh - (low < 0 ? 1 : 0)) | 0)
}

export function setProduct(cell: Cell, aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  const a0 = aLow & 0xffff
  const a1 = aLow >>> 16
  const b0 = bLow & 0xffff
  const b1 = bLow >>> 16
  const lowest = a0 * b0
  const middle = a0 * b1 + a1 * b0 + Math.floor(lowest / 65_536)
  const low = ((middle & 0xffff) << 16) | (lowest & 0xffff)
  const carried = a1 * b1 + Math.floor(middle / 65_536)
  cell.setInt(low, (carried + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) | 0)
}

/** Truncates towards zero. The caller knows that the divisor is not 0. */
export function setQuotient(cell: Cell, aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  if (isSafe(aHigh) && isSafe(bHigh))
    setSafe(cell, Math.trunc((aHigh * WORD + (aLow >>> 0)) / (bHigh * WORD + (bLow >>> 0))))
  else setLongQuotient(cell, aLow, aHigh, bLow, bHigh)
}

function isSafe(high: number): boolean {
  return high >= -SAFE_HIGH && high < SAFE_HIGH
}

/** Bit by bit, on the magnitudes. */
function setLongQuotient(cell: Cell, aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  let restLow = 0
  let restHigh = 0
  let low = aHigh < 0 ? -aLow >>> 0 : aLow >>> 0
  let high = aHigh < 0 ? (~aHigh + (aLow === 0 ? 1 : 0)) >>> 0 : aHigh
  const divisorLow = bHigh < 0 ? -bLow >>> 0 : bLow >>> 0
  const divisorHigh = bHigh < 0 ? (~bHigh + (bLow === 0 ? 1 : 0)) >>> 0 : bHigh
  for (let i = 0; i < 64; i++) {
    restHigh = ((restHigh << 1) | (restLow >>> 31)) >>> 0
    restLow = ((restLow << 1) | (high >>> 31)) >>> 0
    high = ((high << 1) | (low >>> 31)) >>> 0
    low = (low << 1) >>> 0
    if (restHigh < divisorHigh || (restHigh === divisorHigh && restLow < divisorLow)) continue
    restHigh -= divisorHigh + (restLow < divisorLow ? 1 : 0)
    restLow = (restLow - divisorLow) >>> 0
    low |= 1
  }
  if (aHigh < 0 === bHigh < 0) cell.setInt(low, high)
  else setDifference(cell, 0, 0, low, high)
}

/** An integer that a double holds exactly. */
export function setSafe(cell: Cell, value: number): void {
  const high = Math.floor(value / WORD)
  cell.setInt((value - high * WORD) | 0, high)
}

/** A double without its fraction; what no int64 holds becomes the lowest one, as in Go on amd64. */
export function setTruncated(cell: Cell, value: number): void {
  const whole = Math.trunc(value)
  if (whole >= -(2 ** 63) && whole < 2 ** 63) setSafe(cell, whole)
  else cell.setInt(0, 0x80000000)
}

/** What {@link floorDivide} found. */
export const floored = { quotient: 0, remainder: 0 }

/** Divides by a positive integer below 2^36, rounding down. The quotient is exact where a double can hold it. */
export function floorDivide(low: number, high: number, divisor: number): void {
  const first = Math.floor(high / divisor)
  const second = (high - first * divisor) * 65_536 + (low >>> 16)
  const secondQuotient = Math.floor(second / divisor)
  const third = (second - secondQuotient * divisor) * 65_536 + (low & 0xffff)
  const thirdQuotient = Math.floor(third / divisor)
  floored.quotient = first * WORD + secondQuotient * 65_536 + thirdQuotient
  floored.remainder = third - thirdQuotient * divisor
}
