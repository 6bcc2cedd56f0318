import { type FixedColumn, fixed16, fixed32, fixed64 } from '../native/fixed.ts'
import type { LowCardinalityColumn } from '../native/low-cardinality.ts'
import { MapColumn } from '../native/map.ts'
import { keyColumn, type Notes } from './signal-columns.ts'
import type { Column, RowSet } from './table.ts'
import { ATTRIBUTE_MAP } from './types.ts'

/** Rows that are a list of entries: a few per commit (resources, ledger), never one per record. */
type EntryRows<Entry> = RowSet & { readonly entries: ReadonlyArray<Entry> }

export function entryString<Entry>(
  name: string,
  get: (entry: Entry) => string,
  notes: Notes = {},
): Column<EntryRows<Entry>, LowCardinalityColumn> {
  return keyColumn(name, notes, ({ entries, count }, out) => {
    for (let i = 0; i < count; i++) out.append(out.dictionary.indexOfString(get(entries[i]!)))
  })
}

/** Types of 32 bits and less. */
export function entryNumber<Entry>(
  name: string,
  type: 'UInt16' | 'UInt32' | 'Date',
  get: (entry: Entry) => number,
  notes: Notes = {},
): Column<EntryRows<Entry>, FixedColumn<Uint16Array | Uint32Array>> {
  return {
    name,
    type,
    ...notes,
    buffer: type === 'UInt32' ? fixed32 : fixed16,
    write: ({ entries, count }, out) => {
      const at = out.extend(count)
      for (let i = 0; i < count; i++) out.data[at + i] = get(entries[i]!)
    },
  }
}

/** A UInt64 from a number that is exact (below 2^53). */
export function entryCount<Entry>(
  name: string,
  get: (entry: Entry) => number,
  notes: Notes = {},
): Column<EntryRows<Entry>, FixedColumn<Uint32Array>> {
  return {
    name,
    type: 'UInt64',
    ...notes,
    buffer: fixed64,
    write: ({ entries, count }, out) => {
      const at = out.extend(count)
      for (let i = 0; i < count; i++) putNumber64(out.data, at + 2 * i, get(entries[i]!))
    },
  }
}

/** A UInt64 from its two words. */
export function entryWords<Entry>(
  name: string,
  low: (entry: Entry) => number,
  high: (entry: Entry) => number,
  notes: Notes = {},
): Column<EntryRows<Entry>, FixedColumn<Uint32Array>> {
  return {
    name,
    type: 'UInt64',
    ...notes,
    buffer: fixed64,
    write: ({ entries, count }, out) => {
      const at = out.extend(count)
      for (let i = 0; i < count; i++) {
        out.data[at + 2 * i] = low(entries[i]!)
        out.data[at + 2 * i + 1] = high(entries[i]!)
      }
    },
  }
}

export function entryMap<Entry>(
  name: string,
  keys: (entry: Entry) => ReadonlyArray<string>,
  values: (entry: Entry) => ReadonlyArray<string>,
  notes: Notes = {},
): Column<EntryRows<Entry>, MapColumn> {
  return {
    name,
    type: ATTRIBUTE_MAP,
    ...notes,
    buffer: () => new MapColumn(),
    write: ({ entries, count }, out) => {
      for (let i = 0; i < count; i++) {
        const entry = entries[i]!
        for (const key of keys(entry)) out.keys.append(out.keys.dictionary.indexOfString(key))
        for (const value of values(entry)) out.values.appendString(value)
        out.endRow()
      }
    },
  }
}

/** Writes a whole number of at most 2^53 as two words. */
export function putNumber64(data: Uint32Array, at: number, value: number): void {
  data[at] = value >>> 0
  data[at + 1] = Math.floor(value / 2 ** 32)
}
