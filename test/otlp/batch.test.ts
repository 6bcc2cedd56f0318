import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Batch, KEPT } from '../../src/otlp/batch.ts'
import { RowTable } from '../../src/otlp/row-table.ts'
import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { SCAN_OUTCOMES } from './scan-outcomes.ts'
import { SIGNALS } from './signals.ts'

const LIMITS = { recordsPerRequestMax: 1000, attributesPerRecordMax: 3 }

/** Every table that a batch has, found by what they are and not by name: a new one can't be forgotten here. */
function tablesOf(batch: Batch): RowTable[] {
  return Object.values(batch)
    .flat()
    .filter((value) => value instanceof RowTable)
}

function overwrite(batch: Batch): void {
  batch.bytes.fill(0xff)
  batch.verdicts.fill(99)
  for (const table of tablesOf(batch)) {
    table.data.fill(0xffff_ffff)
    table.count = 0
  }
  batch.tenants.length = 0
  batch.byteLength = 0
  batch.invalidUtf8Count = 0
}

/** Guarantees: a clone is the batch as it was, whatever becomes of the original, also of tables that the signal hardly uses. */
describe.each(SIGNALS)('a clone of a batch: $signal', ({ signal, bytes, materialise }) => {
  test('shares nothing with it', () => {
    const used = new Map<number, number>()
    fc.assert(
      fc.property(bytes, fc.constantFrom('', 'appended'), (wire, appended) => {
        const batch = newBatch(signal)
        // Copied: the original's bytes are overwritten, and fast-check may use them again.
        scanRequest(batch, Buffer.from(wire), LIMITS, SCAN_OUTCOMES)
        batch.tenants.push('default', appended)
        batch.appendBytes(Buffer.from(appended))
        const rows = materialise(batch)
        const counts = tablesOf(batch).map(({ count }) => count)
        const { byteLength, invalidUtf8Count } = batch
        const text = Buffer.from(batch.bytes.subarray(0, byteLength))
        const clone = batch.clone()
        overwrite(batch)
        expect(materialise(clone)).toEqual(rows)
        expect(tablesOf(clone).map(({ count }) => count)).toEqual(counts)
        expect(clone).toMatchObject({ signal, byteLength, invalidUtf8Count, tenants: ['default', appended] })
        expect(clone.bytes.subarray(0, byteLength).equals(text)).toBe(true)
        counts.forEach((count, table) => void used.set(table, (used.get(table) ?? 0) + count))
      }),
      { numRuns: 300 },
    )
    const inUse = { logs: 4, traces: 6, metrics: 9 }[signal]
    expect([...used.values()].filter((count) => count > 0)).toHaveLength(inUse)
  })
})

test('a batch begins anew without anything of the request before', () => {
  const batch = new Batch('metrics', 1)
  for (const table of tablesOf(batch)) table.add()
  batch.tenants.push('default')
  batch.invalidUtf8Count = 7
  batch.begin(Buffer.from('next'))
  batch.openVerdicts()
  expect(tablesOf(batch)).toHaveLength(11)
  expect(tablesOf(batch).map(({ count }) => count)).toEqual(Array(11).fill(0))
  expect([batch.tenants.length, batch.invalidUtf8Count, batch.byteLength, batch.verdicts[0]]).toEqual([
    0,
    0,
    4,
    KEPT,
  ])
})

test('a table takes as many rows at once as come, and keeps those it has', () => {
  const table = new RowTable(2, 3)
  table.data.fill(7)
  expect(table.add()).toBe(0)
  const first = table.addUnwritten(1000)
  expect([first, table.count]).toEqual([2, 1001])
  expect(table.data.length).toBeGreaterThanOrEqual(2 * 1001)
  expect([...table.data.subarray(0, 2)]).toEqual([0, 0])
  table.data.fill(7)
  expect(table.addUnwritten(0)).toBe(2 * 1001)
  const next = table.add()
  expect([next, table.count, ...table.data.subarray(next, next + 2)]).toEqual([2 * 1001, 1002, 0, 0])
})
