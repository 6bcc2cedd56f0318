import { describe, expect, it } from 'vitest'
import { Ledger } from '../../../src/cli/canary/ledger/ledger.ts'
import { reportText } from '../../../src/cli/canary/ledger/report.ts'
import { SIDES, type Side, Snapshot } from '../../../src/cli/canary/ledger/run-ledger.ts'
import { readStamp, writeStamp } from '../../../src/cli/canary/ledger/stamp.ts'
import { lineOf, START_NS, stampOf } from './support/lines.ts'

/** Scenario: what lines say, and what is expected of a reader that comes before, during or after a run. */

const HOUR_NS = 3_600_000_000_000n

function ledgerOf({ readyNs = START_NS, sides = SIDES, slackNs = 0n } = {}): Ledger {
  const ledger = new Ledger({ sides, slackNs })
  ledger.ready(readyNs)
  return ledger
}

describe('a line', () => {
  it.each([
    ['short', 0],
    ['padded', 200],
    ['long', 20_000],
  ])('says what was written, %s', (_what, bytes) => {
    const stamp = stampOf(7, { isLast: bytes === 200 })
    const line = writeStamp(stamp, bytes)
    expect(line.length).toBeGreaterThanOrEqual(bytes)
    expect(readStamp(line)).toEqual(stamp)
  })

  it.each([
    ['cut', (line: string) => line.slice(0, -100)],
    ['without its end', (line: string) => line.slice(0, -1)],
    ['with another in it', (line: string) => `${line.slice(0, 60)}${lineOf(8)}`],
    ['with one digit changed', (line: string) => line.replace('seq=7', 'seq=8')],
    ['with less padding', (line: string) => line.replace('....', '...')],
    ['marked by somebody', (line: string) => `${line} [truncated]`],
  ])('is damaged: %s', (_what, damage) => {
    expect(readStamp(damage(writeStamp(stampOf(7), 200)))).toBe('damaged')
  })

  it('of somebody else is none', () => {
    expect(readStamp('GET /weir-canary 200')).toBeUndefined()
  })
})

describe('a reader', () => {
  it('expects runs that begin later from their first line on', () => {
    const ledger = ledgerOf()
    ledger.live(lineOf(3), START_NS, false)
    expect(ledger.report().live).toMatchObject({ lines: 1, missing: 3, unannounced: 3 })
  })

  it('that comes into a run expects what comes after the first line of the tail', () => {
    const ledger = ledgerOf({ readyNs: START_NS + HOUR_NS })
    ledger.stored(lineOf(4), START_NS, new Snapshot())
    ledger.live(lineOf(5), START_NS, false)
    for (const seq of [4, 5, 6]) ledger.stored(lineOf(seq), START_NS, new Snapshot())
    ledger.live(lineOf(6), START_NS, false)
    expect(ledger.report()).toMatchObject({
      clean: true,
      written: 2,
      live: { lines: 2, missing: 0 },
      stored: { lines: 2, missing: 0 },
    })
  })

  it.each<[what: string, sides: ReadonlyArray<Side>, faults: string[]]>([
    ['nothing, of both sides', SIDES, ['No line came live.', 'No line is stored.']],
    ['nothing, of one', ['stored'], ['No line is stored.']],
  ])('that sees %s is not content', (_what, sides, faults) => {
    const ledger = ledgerOf({ sides })
    expect(ledger.report()).toMatchObject({ clean: false, faults })
    expect(ledger.report(START_NS).clean).toBe(true)
  })

  it('takes an announcement for what it says, with slack on both sides', () => {
    const live = [0, 1, 2, 9, 10]
    const report = (slackNs: bigint, first: number, last: number) => {
      const ledger = ledgerOf({ slackNs })
      for (const seq of live) ledger.live(lineOf(seq), START_NS, false)
      ledger.announce(stampOf(first).ns, stampOf(last).ns, 6)
      return ledger.report().live
    }
    expect(report(0n, 3, 8)).toMatchObject({ missing: 6, unannounced: 0, dropped: 6, gaps: 0 })
    expect(report(0n, 4, 7)).toMatchObject({ missing: 6, unannounced: 2 })
    expect(report(1_000_000n, 4, 7)).toMatchObject({ missing: 6, unannounced: 0 })
    expect(report(0n, 20, 30)).toMatchObject({ missing: 6, unannounced: 6 })
  })

  it('knows from what is stored when missing lines were written', () => {
    // A burst an hour after the line before it, and announced: lines are not spread evenly.
    const burst = [1, 2, 3, 4].map((seq) => ({ seq, ns: START_NS + HOUR_NS + BigInt(seq) }))
    const report = (stored: typeof burst) => {
      const ledger = ledgerOf()
      ledger.live(lineOf(0), START_NS, false)
      ledger.live(lineOf(5, { ns: START_NS + HOUR_NS + 5n }), START_NS, false)
      ledger.announce(burst[0]!.ns, burst[3]!.ns, 4)
      const snapshot = new Snapshot()
      for (const { seq, ns } of stored) ledger.stored(lineOf(seq, { ns }), START_NS, snapshot)
      return ledger.report().live
    }
    expect(report(burst)).toMatchObject({ missing: 4, unannounced: 0 })
    expect(report(burst.slice(1))).toMatchObject({ missing: 4, unannounced: 4 })
  })

  it('counts damaged lines apart, and misses what they were', () => {
    const ledger = ledgerOf()
    for (const seq of [0, 1, 2]) {
      const line = lineOf(seq)
      ledger.live(seq === 1 ? line.slice(0, -2) : line, START_NS, false)
      ledger.stored(line, START_NS, new Snapshot())
    }
    const report = ledger.report()
    expect(report.faults).toEqual([
      '1 line did not come live, and no gap was announced.',
      '1 line damaged, live.',
    ])
    expect(reportText(report)).toContain('FAULT: 1 line damaged, live.\n')
  })

  it('keeps what is missing for an hour as missing, and then no more of it', () => {
    const ledger = ledgerOf()
    for (const seq of [0, 4, 5]) ledger.live(lineOf(seq), START_NS, false)
    ledger.announce(stampOf(1).ns, stampOf(2).ns)
    ledger.forget(START_NS + 2n * HOUR_NS)
    expect(ledger.oldestHoleNs('live')).toBeUndefined()
    expect(ledger.report().live).toMatchObject({ missing: 3, announced: 2, unannounced: 1 })
  })

  it('closes the books of runs that ended long ago', () => {
    const ledger = ledgerOf()
    const runs = 1500
    for (let run = 0; run < runs; run++)
      for (const seq of [0, 2]) {
        const ns = START_NS + BigInt(run) * 1_000_000_000n + BigInt(seq)
        ledger.live(lineOf(seq, { run: `r${run}`, ns }), START_NS, false)
      }
    expect(ledger.report()).toMatchObject({
      runs,
      written: 3 * runs,
      live: { lines: 2 * runs, missing: runs },
    })
  })

  it('tells how long lines took', () => {
    const ledger = ledgerOf({ sides: ['live'] })
    for (let seq = 0; seq < 100; seq++)
      ledger.live(lineOf(seq), stampOf(seq).ns + (seq === 42 ? 9_000_000_000n : 100_000_000n), false)
    const { p50, p99 } = ledger.report().live!.latencyMs!
    expect(Math.abs(p50 - 100)).toBeLessThan(6)
    expect(Math.abs(p99 - 100)).toBeLessThan(6)
  })
})
