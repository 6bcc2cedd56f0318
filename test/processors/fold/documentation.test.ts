import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { GAUGE_FUNCTIONS } from '../../../src/processors/fold/totals/gauge.ts'
import type { MetricsRequest } from '../../otlp/proto.ts'
import { counterRequest, EPOCH_MS, FoldWorld, labels, MS, metricRequest } from './world.ts'

/** The tables of docs/cardinality.md, row by row: what is sent, and what the folded point says then. */

const text = readFileSync(new URL('../../../docs/cardinality.md', import.meta.url), 'utf8')

function rowsOf(name: string): string[][] {
  const table = new RegExp(`<!-- ${name} -->\\n\\|.*\\n\\|.*\\n((?:\\|.*\\n)+)`).exec(text)![1]!
  return table
    .trimEnd()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
}

function nsOf(cell: string): bigint {
  return BigInt(EPOCH_MS + 1000 * Number.parseInt(cell, 10)) * MS
}

/** The gateway's clock is at the latest time that was sent. */
function advance(world: FoldWorld, timeNs: bigint): void {
  world.nowMs = Math.max(world.nowMs, Number(timeNs / MS))
}

function numberOf({ kept }: ReturnType<FoldWorld['send']>): number {
  const { asDouble, asInt } = kept[0]!.point as { asDouble?: number; asInt?: bigint }
  return Number(asInt ?? asDouble)
}

it('of counters is what happens', () => {
  const world = new FoldWorld()
  const rows = rowsOf('counter')
  expect(rows.length).toBeGreaterThan(8)
  for (const [, at, id, begun, value, folded, why] of rows) {
    const timeNs = nsOf(at!)
    advance(world, timeNs)
    const sent = world.send(
      counterRequest([{ id: id!, startNs: nsOf(begun!), timeNs, value: BigInt(value!) }]),
    )
    expect(numberOf(sent), why).toBe(Number(folded))
  }
})

it.each(GAUGE_FUNCTIONS.map((gauge, i) => [gauge, i] as const))(
  'of gauges is what happens by %s',
  (gauge, column) => {
    const world = new FoldWorld({ gauge })
    const rows = rowsOf('gauge')
    expect(rows.length).toBeGreaterThan(4)
    for (const [, at, id, value, ...said] of rows) {
      const timeNs = nsOf(at!)
      advance(world, timeNs)
      const shown = value === 'ended' ? { flags: 1 } : { asInt: value! }
      const point = { attributes: labels({ id: id! }), timeUnixNano: String(timeNs), ...shown }
      const request: MetricsRequest = metricRequest({ gauge: { dataPoints: [point] } })
      expect(numberOf(world.send(request)), said.at(-2)).toBe(Number(said[column]))
    }
  },
)
