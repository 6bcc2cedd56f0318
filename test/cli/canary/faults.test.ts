import { afterEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../../src/cli/exit-code.ts'
import { canary, type Options } from './support/canary.ts'
import { type Got, type Mischief, StandIn } from './support/stand-in.ts'

/**
 * Scenario: a gateway that loses, doubles, mixes up and damages lines. Guarantee: the canary says so, of the right side, and nothing
 * where nothing is wrong.
 */

let standIn: StandIn
afterEach(() => standIn.stop())

const LINES = 60
const run = async (mischief: Mischief, options: Options = {}) => {
  standIn = await StandIn.start(mischief)
  return canary({ address: standIn.url, otlp: standIn.url, forLines: String(LINES), ...options })
}

const iso = (ns: string, moreNs = 0n): string => {
  const at = BigInt(ns) + moreNs
  return `${new Date(Number(at / 1_000_000n)).toISOString().slice(0, 20)}${String(at % 1_000_000_000n).padStart(9, '0')}Z`
}
/** Lines from the `first`th to the `last`th, of those that begin with the `n`th. */
const between = (lines: ReadonlyArray<Got>, n: number, first: number, last: number) =>
  lines.filter((_, i) => n + i >= first && n + i <= last)
const without = (lines: ReadonlyArray<Got>, some: ReadonlyArray<Got>) =>
  lines.filter((line) => !some.includes(line))
const swapped = (lines: ReadonlyArray<Got>) =>
  lines.length < 2 ? lines : [lines[1]!, lines[0]!, ...lines.slice(2)]

type Row = readonly [what: string, mischief: Mischief, exit: number, report: object]

const TABLE: ReadonlyArray<Row> = [
  [
    'nothing, where nothing is wrong',
    {},
    EXIT.done,
    { live: { lines: LINES, missing: 0 }, stored: { lines: LINES, missing: 0 } },
  ],
  [
    'lines that are lost live',
    { live: (lines, n) => without(lines, between(lines, n, 20, 24)) },
    EXIT.faulty,
    {
      live: { lines: LINES - 5, missing: 5, announced: 0, unannounced: 5 },
      stored: { lines: LINES, missing: 0 },
      faults: ['5 lines did not come live, and no gap was announced.'],
    },
  ],
  [
    'lines that are lost live at the end',
    { live: (lines, n) => without(lines, between(lines, n, LINES - 3, LINES)) },
    EXIT.faulty,
    { live: { lines: LINES - 3, unannounced: 3 } },
  ],
  [
    'lines that are lost live, as was announced',
    {
      live(lines, n, tail) {
        const lost = between(lines, n, 20, 24)
        for (const { ns } of lost)
          tail.send({ type: 'gap', lane: 'one', from: iso(ns), to: iso(ns), reason: 'test' })
        return without(lines, lost)
      },
    },
    EXIT.done,
    { live: { missing: 5, announced: 5, unannounced: 0 } },
  ],
  [
    'lines that are dropped, as was announced',
    {
      live(lines, n, tail) {
        const lost = between(lines, n, 20, 24)
        for (const { ns } of lost) tail.send({ type: 'drop', from: iso(ns), to: iso(ns), lines: 1 })
        return without(lines, lost)
      },
    },
    EXIT.done,
    { live: { missing: 5, announced: 5, unannounced: 0, dropped: 5, gaps: 0 } },
  ],
  [
    'a gap that was announced of another time',
    {
      live(lines, n, tail) {
        const lost = between(lines, n, 30, 31)
        for (const { ns } of lost) {
          const [from, to] = [iso(ns, -9_000_000_000n), iso(ns, -8_000_000_000n)]
          tail.send({ type: 'gap', lane: 'one', from, to, reason: 'test' })
        }
        return without(lines, lost)
      },
    },
    EXIT.faulty,
    { live: { missing: 2, announced: 0, unannounced: 2, gaps: 2 } },
  ],
  [
    'lines that come late, as a backfill',
    {
      live(lines, n, tail) {
        const late = between(lines, n, 20, 21)
        if (n > 25 && held.length > 0) tail.send(standIn.frame(held.splice(0), 'backfill'))
        held.push(...late)
        return without(lines, late)
      },
    },
    EXIT.done,
    { live: { lines: LINES, missing: 0, backfilled: 2, outOfOrder: 0 } },
  ],
  [
    'lines that come twice live',
    { live: (lines, n) => [...lines, ...between(lines, n, 20, 22)] },
    EXIT.faulty,
    { live: { lines: LINES, duplicate: 3 }, faults: ['3 lines more than once, live.'] },
  ],
  [
    'lines that change places live',
    { live: (lines, n) => (n === 0 ? lines : swapped(lines)) },
    EXIT.faulty,
    { live: { lines: LINES, missing: 0, duplicate: 0 }, stored: { outOfOrder: 0 } },
  ],
  [
    'a line that is cut',
    {
      live: (lines, n) =>
        lines.map((line, i) => (n + i === 9 ? { ...line, body: line.body.slice(0, -3) } : line)),
    },
    EXIT.faulty,
    { live: { damaged: 1, missing: 1, unannounced: 1 }, stored: { damaged: 0 } },
  ],
  [
    'lines that are not stored',
    { stored: (lines) => lines.filter((_, i) => i < 20 || i > 24) },
    EXIT.faulty,
    { live: { missing: 0 }, stored: { lines: LINES - 5, missing: 5 }, faults: ['5 lines not stored.'] },
  ],
  [
    'lines that are stored twice',
    { stored: (lines) => lines.flatMap((line) => (/ seq=(3|33) /.test(line.body) ? [line, line] : [line])) },
    EXIT.faulty,
    { stored: { lines: LINES, duplicate: 2 }, faults: ['2 lines more than once, stored.'] },
  ],
  [
    'a line that is stored among later ones',
    {
      stored(lines) {
        const first = lines.find(({ body }) => / seq=7 /.test(body))
        return first === undefined ? lines : [...without(lines, [first]), first]
      },
    },
    EXIT.faulty,
    { stored: { lines: LINES, missing: 0 }, faults: ['1 line out of order, stored.'] },
  ],
  [
    'a connection that is cut, and lines that come again by their place',
    {
      live(lines, n, tail) {
        if (n < 20 || standIn.tokens.length > 1) return lines
        tail.send(standIn.frame(lines))
        tail.cut()
        return []
      },
    },
    EXIT.done,
    { live: { lines: LINES, duplicate: 0, connections: 2 }, stored: { missing: 0 } },
  ],
]
const held: Got[] = []

describe('the canary finds', () => {
  it.each(TABLE)('%s', async (_what, mischief, exit, report) => {
    const ran = await run(mischief)
    expect(ran.report).toMatchObject({ written: LINES, runs: 1, clean: exit === EXIT.done, ...report })
    expect(ran.exitCode).toBe(exit)
  })

  it('all that through Loki’s query_range', async () => {
    const ran = await run(
      { stored: (lines) => lines.filter(({ body }) => !/ seq=(1503|4) /.test(body)) },
      { history: 'loki', rate: '5000', forLines: '2500' },
    )
    expect(ran.report).toMatchObject({
      written: 2500,
      live: { missing: 0 },
      stored: { lines: 2498, missing: 2, duplicate: 0, outOfOrder: 0 },
    })
    expect(ran.exitCode).toBe(EXIT.faulty)
  })
})

describe('the writer', () => {
  it('sends again what was not acknowledged, as it was', async () => {
    const ran = await run({ status: (request) => (request === 1 ? 503 : 200) })
    expect(standIn.requests[2]).toBe(standIn.requests[1])
    expect(ran.report).toMatchObject({ clean: true, written: LINES })
    expect(ran.errors).toContain('answers 503. Sends again.')
    expect(ran.errors).toContain('takes lines again.')
  })

  it('ends with a sentence where lines are refused', async () => {
    const ran = await run({ status: () => 401 })
    expect(ran.exitCode).toBe(EXIT.refused)
    expect(ran.errors).toBe(`${standIn.url} refuses the lines: 401 {}\n`)
    expect(ran.out).toBe('')
  })
})
