import { Announced } from './announced.ts'
import { Latencies } from './latencies.ts'
import { faultsOf, type Report, type SideReport } from './report.ts'
import { RunLedger, SIDES, type Side, type Snapshot } from './run-ledger.ts'
import { readStamp, type Stamp } from './stamp.ts'

export type LedgerOptions = {
  readonly sides: ReadonlyArray<Side>
  /** Of announcements. */
  readonly slackNs: bigint
  /** Told of each line the first time it is seen. */
  readonly onLatency?: (side: Side, ms: number) => void
}

const RUNS_MAX = 1000
/** Longer than any announced line or late batch is waited for. */
const FORGET_NS = 3_600_000_000_000n
const FOREVER_NS = 2n ** 63n

type SideTotals = {
  lines: number
  missing: number
  announced: number
  duplicate: number
  outOfOrder: number
}
type Totals = { readonly live: SideTotals; readonly stored: SideTotals; runs: number; written: number }

const noLines = (): SideTotals => ({ lines: 0, missing: 0, announced: 0, duplicate: 0, outOfOrder: 0 })
const noTotals = (): Totals => ({ live: noLines(), stored: noLines(), runs: 0, written: 0 })

function addRun(totals: Totals, run: RunLedger, beforeNs: bigint): void {
  totals.runs++
  totals.written += run.expected
  for (const side of SIDES) {
    const { lines, duplicates, outOfOrder } = run[side]
    const { lines: missing, announced } = run.missing(side, beforeNs)
    const total = totals[side]
    total.lines += lines
    total.missing += missing
    total.announced += announced
    total.duplicate += duplicates
    total.outOfOrder += outOfOrder
  }
}

/** Every line that was written, is read live and is read back: what a side does not show, shows twice or mixes up. */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #announced: Announced
  readonly #runs = new Map<string, RunLedger>()
  /** Of runs that are no longer kept. */
  readonly #ended = noTotals()
  readonly #latencies: Readonly<Record<Side, Latencies>> = { live: new Latencies(), stored: new Latencies() }
  readonly #damaged: Record<Side, number> = { live: 0, stored: 0 }
  readonly #live = { backfilled: 0, gaps: 0, dropped: 0, connections: 0 }

  #readyNs = FOREVER_NS

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#announced = new Announced(options.slackNs)
  }

  /** From now on all is read: runs that begin later are expected whole, others from their first line on that comes. */
  ready(nowNs: bigint): void {
    this.#readyNs = nowNs
  }

  /** Of a writer in this process. */
  wrote(stamp: Stamp): void {
    this.#runOf(stamp, 'writer')?.expect(stamp)
  }

  connected(): void {
    this.#live.connections++
  }

  /** Lines may be missing; `dropped`: so many were, since they were read too slowly. */
  announce(fromNs: bigint, toNs: bigint, dropped?: number): void {
    if (dropped === undefined) this.#live.gaps++
    else this.#live.dropped += dropped
    this.#announced.add(fromNs, toNs)
  }

  /** A line of the tail. `isLate`: of a backfill. */
  live(line: string, nowNs: bigint, isLate: boolean): void {
    const stamp = this.#stampOf(line, 'live')
    if (stamp === undefined || this.#runOf(stamp, 'live')?.seeLive(stamp, isLate) !== true) return
    if (isLate) this.#live.backfilled++
    else this.#took('live', stamp, nowNs)
  }

  /** A line of a reading of what is stored. */
  stored(line: string, nowNs: bigint, snapshot: Snapshot): void {
    const stamp = this.#stampOf(line, 'stored')
    if (stamp === undefined || this.#runOf(stamp, 'stored')?.seeStored(stamp, snapshot) !== true) return
    this.#took('stored', stamp, nowNs)
  }

  /** Different lines that a side has shown. */
  linesOf(side: Side): number {
    let lines = this.#ended[side].lines
    for (const run of this.#runs.values()) lines += run[side].lines
    return lines
  }

  /** When the last line was written before the first one that a side has not shown; undefined if it has shown all. */
  oldestHoleNs(side: Side): bigint | undefined {
    let oldest: bigint | undefined
    for (const run of this.#runs.values()) {
      const ns = run.oldestHoleNs(side)
      if (ns !== undefined && (oldest === undefined || ns < oldest)) oldest = ns
    }
    return oldest
  }

  /** Keeps memory bounded: what is missing for an hour is missing. */
  forget(nowNs: bigint): void {
    for (const run of this.#runs.values()) run.forgetBefore(nowNs - FORGET_NS)
  }

  /** Lines that were written at or after `beforeNs` may still come; without it all have had their time. */
  report(beforeNs: bigint = FOREVER_NS): Report {
    const totals = noTotals()
    const { runs, written } = this.#ended
    totals.runs = runs
    totals.written = written
    for (const side of SIDES) Object.assign(totals[side], this.#ended[side])
    for (const run of this.#runs.values()) addRun(totals, run, beforeNs)
    const has = (side: Side): boolean => this.#options.sides.includes(side)
    const { missing, announced } = totals.live
    const live = {
      ...this.#sideReport('live', totals),
      announced,
      unannounced: missing - announced,
      ...this.#live,
    }
    const sides = {
      ...(has('live') ? { live } : {}),
      ...(has('stored') ? { stored: this.#sideReport('stored', totals) } : {}),
    }
    const faults = faultsOf(sides, beforeNs === FOREVER_NS)
    return { clean: faults.length === 0, faults, runs: totals.runs, written: totals.written, ...sides }
  }

  #sideReport(side: Side, totals: Totals): SideReport {
    const { lines, missing, duplicate, outOfOrder } = totals[side]
    const p50 = this.#latencies[side].quantile(0.5)
    const p99 = this.#latencies[side].quantile(0.99)
    const counts = { lines, missing, duplicate, outOfOrder, damaged: this.#damaged[side] }
    return p50 === undefined || p99 === undefined ? counts : { ...counts, latencyMs: { p50, p99 } }
  }

  #stampOf(line: string, side: Side): Stamp | undefined {
    const stamp = readStamp(line)
    if (stamp !== 'damaged') return stamp
    this.#damaged[side]++
    return undefined
  }

  #took(side: Side, { ns }: Stamp, nowNs: bigint): void {
    const ms = Math.max(0, Number(nowNs - ns) / 1e6)
    this.#latencies[side].add(ms)
    this.#options.onLatency?.(side, ms)
  }

  /** Undefined: the line is none that is expected. */
  #runOf({ run, writer, seq, ns, beganNs }: Stamp, from: Side | 'writer'): RunLedger | undefined {
    const key = `${run} ${writer}`
    const known = this.#runs.get(key)
    if (known !== undefined) return seq < known.base ? undefined : known
    const isWhole = from === 'writer' || beganNs >= this.#readyNs
    // Where a run is joined in its middle is for the tail to say: it does not go back.
    if (!isWhole && from === 'stored' && this.#options.sides.includes('live')) return undefined
    const ledger = new RunLedger(isWhole ? 0 : seq, isWhole ? beganNs : ns - 1n, this.#announced)
    if (this.#runs.size >= RUNS_MAX) this.#end()
    this.#runs.set(key, ledger)
    return ledger
  }

  /** Closes the books of the run that has been silent for longest. */
  #end(): void {
    let silent: readonly [string, RunLedger] | undefined
    for (const entry of this.#runs)
      if (silent === undefined || entry[1].newestNs < silent[1].newestNs) silent = entry
    addRun(this.#ended, silent![1], FOREVER_NS)
    this.#runs.delete(silent![0])
  }
}
