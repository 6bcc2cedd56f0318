/** Nanoseconds since 1970; a clock of the terminal's machine, to the millisecond. */
export const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n

export const NS_PER_MS = 1_000_000n
