import type { Side } from './run-ledger.ts'

export type SideReport = {
  readonly lines: number
  /** Written, and not shown. */
  readonly missing: number
  readonly duplicate: number
  readonly outOfOrder: number
  /** With a wrong checksum. */
  readonly damaged: number
  /** From its writing to its being read, milliseconds; absent without a line. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number }
}

export type Report = {
  readonly clean: boolean
  /** Sentences; empty if clean. */
  readonly faults: ReadonlyArray<string>
  readonly runs: number
  /** Lines that are known to have been written. */
  readonly written: number
  readonly live?: SideReport & {
    /** Of the missing ones: within a gap or a drop that the tail told of. */
    readonly announced: number
    readonly unannounced: number
    /** That came late, as the tail said. */
    readonly backfilled: number
    readonly gaps: number
    /** Lines that the tail says it dropped, since they were read too slowly. */
    readonly dropped: number
    readonly connections: number
  }
  readonly stored?: SideReport
}

const lines = (count: number): string => (count === 1 ? '1 line' : `${count} lines`)

/** What is wrong, in sentences. `isFinal`: nothing more will come. */
export function faultsOf({ live, stored }: Pick<Report, 'live' | 'stored'>, isFinal: boolean): string[] {
  const faults: string[] = []
  const fault = (count: number, text: string): void => {
    if (count > 0) faults.push(`${lines(count)} ${text}`)
  }
  if (isFinal && live?.lines === 0) faults.push('No line came live.')
  if (isFinal && stored?.lines === 0) faults.push('No line is stored.')
  fault(live?.unannounced ?? 0, 'did not come live, and no gap was announced.')
  fault(stored?.missing ?? 0, 'not stored.')
  const sides: ReadonlyArray<readonly [Side, SideReport | undefined]> = [
    ['live', live],
    ['stored', stored],
  ]
  for (const [side, report] of sides) {
    fault(report?.duplicate ?? 0, `more than once, ${side}.`)
    fault(report?.outOfOrder ?? 0, `out of order, ${side}.`)
    fault(report?.damaged ?? 0, `damaged, ${side}.`)
  }
  return faults
}

function sideText(name: string, report: SideReport, more: string): string {
  const { missing, duplicate, outOfOrder, damaged, latencyMs } = report
  const latency = latencyMs === undefined ? '' : `, latency p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms`
  return `${name.padEnd(8)}${lines(report.lines)}: ${missing} missing${more}, ${duplicate} duplicate, ${outOfOrder} out of order, ${damaged} damaged${latency}\n`
}

/** For people. */
export function reportText({ clean, faults, runs, written, live, stored }: Report): string {
  let text = `written ${lines(written)} in ${runs === 1 ? '1 run' : `${runs} runs`}\n`
  if (live !== undefined) {
    const { announced, unannounced, backfilled, gaps, dropped, connections } = live
    text += sideText('live', live, ` (${announced} announced, ${unannounced} not)`)
    text += `${''.padEnd(8)}${backfilled} backfilled, ${gaps} gaps, ${dropped} dropped, ${connections} connections\n`
  }
  if (stored !== undefined) text += sideText('stored', stored, '')
  return clean ? `${text}clean\n` : `${text}${faults.map((fault) => `FAULT: ${fault}\n`).join('')}`
}
