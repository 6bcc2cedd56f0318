import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ledger } from '../../../src/cli/canary/ledger/ledger.ts'
import { SIDES, Snapshot } from '../../../src/cli/canary/ledger/run-ledger.ts'
import { linesUntil, Sequences } from '../../../src/cli/canary/ledger/sequences.ts'
import { lineOf, START_NS, STEP_NS, stampOf } from './support/lines.ts'

/**
 * Scenario: lines get lost, come twice, change places, come late; some gaps are announced. Guarantee: the ledger, which keeps
 * ranges, counts what a plain list of everything counts.
 */

type Come = { readonly seq: number; readonly isLate: boolean }
type Gap = { readonly first: number; readonly last: number }

const LINES = 60
const position = fc.integer({ min: 0, max: LINES - 1 })

/** What comes of 0 … LINES - 1, in which order. */
const coming: fc.Arbitrary<Come[]> = fc
  .record({
    lost: fc.array(fc.tuple(position, fc.integer({ min: 1, max: 15 })), { maxLength: 4 }),
    again: fc.array(fc.tuple(position, position), { maxLength: 5 }),
    swapped: fc.array(fc.tuple(position, fc.integer({ min: 1, max: 6 })), { maxLength: 5 }),
    late: fc.array(fc.tuple(position, position), { maxLength: 5 }),
  })
  .map(({ lost, again, swapped, late }) => {
    let come = Array.from({ length: LINES }, (_, seq): Come => ({ seq, isLate: false }))
    for (const [first, count] of lost) come = come.filter(({ seq }) => seq < first || seq >= first + count)
    for (const [at, by] of swapped) if (at < come.length) come.splice(at + by, 0, ...come.splice(at, 1))
    for (const [seq, at] of again) come.splice(at, 0, { seq, isLate: false })
    for (const [seq, at] of late) come.splice(at, 0, { seq, isLate: true })
    return come
  })
const announced: fc.Arbitrary<Gap[]> = fc.array(
  fc.tuple(position, fc.integer({ min: 0, max: 10 })).map(([first, more]) => ({ first, last: first + more })),
  { maxLength: 4 },
)

/** Counts with everything at hand. */
function plain(come: ReadonlyArray<Come>, written: number) {
  const seen = new Set<number>()
  let newest = -1
  let duplicate = 0
  let outOfOrder = 0
  let backfilled = 0
  for (const { seq, isLate } of come) {
    if (seen.has(seq)) duplicate++
    else {
      if (isLate) backfilled++
      else if (seq < newest) outOfOrder++
      newest = Math.max(newest, seq)
    }
    seen.add(seq)
  }
  const missing = Array.from({ length: written }, (_, seq) => seq).filter((seq) => !seen.has(seq))
  return { lines: seen.size, missing, duplicate, outOfOrder, backfilled }
}

function ledgerOf(slackNs = 0n): Ledger {
  const ledger = new Ledger({ sides: SIDES, slackNs })
  ledger.ready(START_NS)
  return ledger
}

describe('the live side', () => {
  it('counts as a list of everything does', () => {
    fc.assert(
      fc.property(coming, announced, position, (come, gaps, cut) => {
        const ledger = ledgerOf()
        for (let seq = 0; seq < LINES; seq++) ledger.wrote(stampOf(seq))
        for (const { first, last } of gaps)
          ledger.announce(stampOf(first).ns - STEP_NS / 2n, stampOf(last).ns + STEP_NS / 2n)
        for (const { seq, isLate } of come) ledger.live(lineOf(seq), START_NS, isLate)
        const { missing, ...counts } = plain(come, LINES)
        const isAnnounced = (seq: number): boolean =>
          gaps.some(({ first, last }) => seq >= first && seq <= last)
        const { live, written } = ledger.report()
        expect(written).toBe(LINES)
        expect(live).toMatchObject({
          ...counts,
          missing: missing.length,
          announced: missing.filter(isAnnounced).length,
          unannounced: missing.filter((seq) => !isAnnounced(seq)).length,
          gaps: gaps.length,
        })
        // Later ones may still come.
        expect(ledger.report(stampOf(cut).ns - STEP_NS / 2n).live?.missing).toBe(
          missing.filter((seq) => seq < cut).length,
        )
      }),
      { numRuns: 500 },
    )
  })

  it('knows what was written from the other side alone, but for what both lost at the end', () => {
    fc.assert(
      fc.property(coming, coming, (live, stored) => {
        const ledger = ledgerOf()
        for (const { seq } of live) ledger.live(lineOf(seq), START_NS, false)
        for (const { seq } of stored) ledger.stored(lineOf(seq), START_NS, new Snapshot())
        const written = Math.max(...[...live, ...stored].map(({ seq }) => seq)) + 1
        const report = ledger.report()
        expect(report.written).toBe(written)
        expect(report.live?.missing).toBe(plain(live, written).missing.length)
        expect(report.stored?.missing).toBe(plain(stored, written).missing.length)
      }),
    )
  })
})

describe('the stored side', () => {
  it('blames a line once, however often it is read', () => {
    fc.assert(
      fc.property(coming, fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1 }), (come, ends) => {
        const ledger = ledgerOf()
        const again = new Set<number>()
        const disordered = new Set<number>()
        for (let seq = 0; seq < LINES; seq++) ledger.wrote(stampOf(seq))
        for (const end of [...ends, come.length]) {
          const snapshot = new Snapshot()
          const seen = new Set<number>()
          for (const { seq } of come.slice(0, end)) {
            ledger.stored(lineOf(seq), START_NS, snapshot)
            if (seen.has(seq)) again.add(seq)
            else if (seq < Math.max(...seen)) disordered.add(seq)
            seen.add(seq)
          }
        }
        const { lines, missing } = plain(come, LINES)
        expect(ledger.report().stored).toMatchObject({
          lines,
          missing: missing.length,
          duplicate: again.size,
          outOfOrder: disordered.size,
        })
      }),
    )
  })
})

describe('numbers that were seen', () => {
  it('are as many as a set has, and holes are what it lacks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40)), fc.nat(45), (seqs, next) => {
        const sequences = new Sequences(0, 0n)
        const seen = new Set<number>()
        for (const seq of seqs) {
          expect(sequences.add(seq, BigInt(seq))).toBe(!seen.has(seq))
          seen.add(seq)
        }
        const end = Math.max(next, ...seqs.map((seq) => seq + 1))
        const lacking = Array.from({ length: end }, (_, seq) => seq).filter((seq) => !seen.has(seq))
        const holes = [...sequences.holes(end, BigInt(end))]
        expect(holes.reduce((sum, { lines }) => sum + lines, 0)).toBe(lacking.length)
        expect(sequences.next).toBe(Math.max(0, ...seqs.map((seq) => seq + 1)))
      }),
    )
  })

  it('take bounded memory, and holes that are no longer kept are told', () => {
    let forgotten = 0
    const sequences = new Sequences(0, 0n, ({ lines }) => {
      forgotten += lines
    })
    const lines = 60_000
    for (let seq = 1; seq < lines; seq += 2) sequences.add(seq, BigInt(seq))
    const kept = [...sequences.holes(lines, BigInt(lines))]
    expect(kept.length).toBeLessThanOrEqual(10_000)
    expect(kept.length + forgotten).toBe(lines / 2)
    sequences.forgetBefore(BigInt(lines))
    expect([...sequences.holes(lines, BigInt(lines))]).toEqual([])
    expect(forgotten).toBe(lines / 2)
  })

  it('are spread evenly where nobody saw them', () => {
    const hole = { first: 1, lines: 4, fromNs: 0n, toNs: 5n * STEP_NS }
    const at = [0, 0.5, 1, 1.5, 4, 4.5, 5, 9].map((steps) =>
      linesUntil(hole, BigInt(steps * Number(STEP_NS))),
    )
    expect(at).toEqual([0, 0, 0, 1, 3, 4, 4, 4])
  })
})
