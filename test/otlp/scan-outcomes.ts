import { SCAN_FAULTS, type ScanFault, type ScanOutcomes } from '../../src/otlp/scan/index.ts'

/** Each fault with a number of its own, as in a gateway where others were registered before. */
export const SCAN_OUTCOMES: ScanOutcomes = numbers((i) => 7 + i)

/** Every fault with one number. */
export function oneOutcome(number: number): ScanOutcomes {
  return numbers(() => number)
}

function numbers(of: (index: number) => number): ScanOutcomes {
  return Object.fromEntries(SCAN_FAULTS.map((fault, i) => [fault, of(i)])) as ScanOutcomes
}

/** Their numbers in {@link SCAN_OUTCOMES}. */
export function numbersOf(faults: ReadonlyArray<ScanFault>): number[] {
  return faults.map((fault) => SCAN_OUTCOMES[fault])
}
