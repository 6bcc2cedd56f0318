import type { Batch } from '../../otlp/batch.ts'
import type { RowTable } from '../../otlp/row-table.ts'
import { ArrayColumn } from '../native/array.ts'
import type { ColumnBuffer } from '../native/column.ts'
import { type FixedColumn, fixed32, fixed64, fixedString } from '../native/fixed.ts'
import { LowCardinalityColumn } from '../native/low-cardinality.ts'
import { MapColumn } from '../native/map.ts'
import { StringColumn } from '../native/string.ts'
import { appendAttributes, typesKey } from './attribute-columns.ts'
import type { SignalRows } from './rows.ts'
import { appendId, type Notes } from './signal-columns.ts'
import type { Column } from './table.ts'
import { ATTRIBUTE_MAP, LC } from './types.ts'

/** Columns of arrays: an element per event, link or quantile that belongs to the record. */

/** Where a kind of own row stands in the batch, and the record's slot that names the first; the next slot counts them. */
export type OwnRows = { readonly table: (batch: Batch) => RowTable; readonly firstSlot: number }

type ArrayOf<Elements extends ColumnBuffer> = Column<SignalRows, ArrayColumn<Elements>>
type Append<Elements extends ColumnBuffer> = (
  out: Elements,
  batch: Batch,
  data: Uint32Array,
  at: number,
) => void

/** `append` is called once per own row; `data[at]` is the first slot of it. */
function ownRowColumn<Elements extends ColumnBuffer>(
  name: string,
  elementType: string,
  { table, firstSlot }: OwnRows,
  notes: Notes,
  elements: () => Elements,
  append: Append<Elements>,
): ArrayOf<Elements> {
  return {
    name,
    type: `Array(${elementType})`,
    ...notes,
    buffer: () => new ArrayColumn(elements()),
    write: ({ index, count, batch }, out) => {
      const { data: records, stride } = batch.records
      const own = table(batch)
      if (own.count === 0) {
        out.endEmptyRows(count)
        return
      }
      for (let i = 0; i < count; i++) {
        const from = index[i]! * stride + firstSlot
        const end = (records[from]! + records[from + 1]!) * own.stride
        for (let at = records[from]! * own.stride; at < end; at += own.stride)
          append(out.elements, batch, own.data, at)
        out.endRow()
      }
    },
  }
}

export function ownWords64(
  name: string,
  type: string,
  own: OwnRows,
  slot: number,
  notes: Notes,
): ArrayOf<FixedColumn<Uint32Array>> {
  return ownRowColumn(name, type, own, notes, fixed64, (out, _batch, data, at) => {
    const to = out.extend(1)
    out.data[to] = data[at + slot]!
    out.data[to + 1] = data[at + slot + 1]!
  })
}

export function ownWord32(
  name: string,
  own: OwnRows,
  slot: number,
  notes: Notes,
): ArrayOf<FixedColumn<Uint32Array>> {
  return ownRowColumn(name, 'UInt32', own, notes, fixed32, (out, _batch, data, at) => {
    const to = out.extend(1)
    out.data[to] = data[at + slot]!
  })
}

export function ownId(
  name: string,
  width: 8 | 16,
  own: OwnRows,
  slot: number,
  notes: Notes,
): ArrayOf<FixedColumn<Uint8Array>> {
  const elements = () => fixedString(width)
  return ownRowColumn(name, `FixedString(${width})`, own, notes, elements, (out, batch, data, at) => {
    appendId(out, width, batch.bytes, data[at + slot]!, data[at + slot + 1]!)
  })
}

export function ownString(name: string, own: OwnRows, slot: number, notes: Notes): ArrayOf<StringColumn> {
  const elements = () => new StringColumn()
  return ownRowColumn(name, 'String', own, notes, elements, (out, batch, data, at) => {
    out.append(batch.bytes, data[at + slot]!, data[at + slot + 1]!)
  })
}

export function ownLowCardinality(
  name: string,
  own: OwnRows,
  slot: number,
  notes: Notes,
): ArrayOf<LowCardinalityColumn> {
  const elements = () => new LowCardinalityColumn()
  return ownRowColumn(name, LC, own, notes, elements, (out, batch, data, at) => {
    out.append(out.dictionary.indexOf(batch.bytes, data[at + slot]!, data[at + slot + 1]!))
  })
}

/** `slot` is the first attribute's, the next one counts them. */
export function ownAttributes(name: string, own: OwnRows, slot: number, notes: Notes): ArrayOf<MapColumn> {
  const elements = () => new MapColumn()
  return ownRowColumn(name, ATTRIBUTE_MAP, own, notes, elements, (out, batch, data, at) => {
    appendAttributes(out, batch, data[at + slot]!, data[at + slot + 1]!)
  })
}

export function ownAttributeTypes(
  name: string,
  own: OwnRows,
  slot: number,
  notes: Notes,
): ArrayOf<LowCardinalityColumn> {
  const elements = () => new LowCardinalityColumn()
  return ownRowColumn(name, LC, own, notes, elements, (out, batch, data, at) => {
    out.append(typesKey(out, batch, data[at + slot]!, data[at + slot + 1]!))
  })
}

/** A repeated number of the record: a run in one of the batch's arrays. */
export function numbers64(
  name: string,
  type: 'UInt64' | 'Float64',
  array: 0 | 1,
  firstSlot: number,
  notes: Notes,
): ArrayOf<FixedColumn<Uint32Array>> {
  return {
    name,
    type: `Array(${type})`,
    ...notes,
    buffer: () => new ArrayColumn(fixed64()),
    write: ({ index, count, batch }, out) => {
      const { data: records, stride } = batch.records
      const { data: words } = batch.arrays[array]
      for (let i = 0; i < count; i++) {
        const from = index[i]! * stride + firstSlot
        const length = 2 * records[from + 1]!
        const source = 2 * records[from]!
        const at = out.elements.extend(length >>> 1)
        const { data } = out.elements
        for (let word = 0; word < length; word++) data[at + word] = words[source + word]!
        out.endRow()
      }
    },
  }
}
