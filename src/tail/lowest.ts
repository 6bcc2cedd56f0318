/** The lowest of some 64-bit numbers, which `Math.min` does not take. */
export function lowest(first: bigint, ...others: ReadonlyArray<bigint>): bigint {
  let least = first
  for (const other of others) if (other < least) least = other
  return least
}
