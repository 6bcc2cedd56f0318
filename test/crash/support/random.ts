/** Decisions that a seed repeats; what the processes make of them is up to the machine. */
export type Random = {
  readonly seed: number
  /** 0 … below 1. */
  next(): number
  /** Whole numbers, both ends included. */
  between(min: number, max: number): number
  pick<T>(of: ReadonlyArray<T>): T
  chance(probability: number): boolean
}

/** Mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  return {
    seed,
    next,
    between,
    pick: (of) => of[between(0, of.length - 1)]!,
    chance: (probability) => next() < probability,
  }
}
