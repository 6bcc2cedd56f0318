import { type Stamp, writeStamp } from '../../../../src/cli/canary/ledger/stamp.ts'

export const START_NS = 1_800_000_000_000_000_000n
export const STEP_NS = 1_000_000n

/** The nth line of a run that writes one every millisecond. */
export function stampOf(seq: number, more: Partial<Stamp> = {}): Stamp {
  const ns = START_NS + BigInt(seq + 1) * STEP_NS
  return { run: 'r', writer: 'w', seq, ns, beganNs: START_NS, isLast: false, ...more }
}

export const lineOf = (seq: number, more: Partial<Stamp> = {}): string => writeStamp(stampOf(seq, more), 0)
