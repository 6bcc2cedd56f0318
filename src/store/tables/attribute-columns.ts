import type { Batch } from '../../otlp/batch.ts'
import { ATTRIBUTE, KIND_LETTERS, RECORD, SCOPE, ValueKind } from '../../otlp/slots.ts'
import { writeValueText } from '../../otlp/text.ts'
import type { LowCardinalityColumn } from '../native/low-cardinality.ts'
import { MapColumn } from '../native/map.ts'
import { StringColumn } from '../native/string.ts'
import type { SignalRows } from './rows.ts'
import { keyColumn, type Notes, writeOwnerKeys } from './signal-columns.ts'
import type { Column } from './table.ts'
import { ATTRIBUTE_MAP } from './types.ts'

const LETTERS = Buffer.from(KIND_LETTERS)
const LETTERS_MAX = 4096
let letters = Buffer.allocUnsafe(64)

/** An AnyValue of the record as text; `slot` is its kind, then start and end. */
export function value(name: string, slot: number, notes: Notes): Column<SignalRows, StringColumn> {
  return {
    name,
    type: 'String',
    ...notes,
    buffer: () => new StringColumn(),
    write: (rows, out) => {
      const { index, count } = rows
      const { bytes } = rows.batch
      const { data: records, stride } = rows.batch.records
      for (let i = 0; i < count; i++) {
        const from = index[i]! * stride + slot
        appendValue(out, bytes, records[from]!, records[from + 1]!, records[from + 2]!)
      }
    },
  }
}

/** A text of the record that is unlike its neighbours; `slot` is its start, the next its end. */
export function text(name: string, slot: number, notes: Notes): Column<SignalRows, StringColumn> {
  return {
    name,
    type: 'String',
    ...notes,
    buffer: () => new StringColumn(),
    write: ({ index, count, batch }, out) => {
      const { bytes } = batch
      const { data: records, stride } = batch.records
      for (let i = 0; i < count; i++) {
        const from = index[i]! * stride + slot
        out.append(bytes, records[from]!, records[from + 1]!)
      }
    },
  }
}

/** The kind of the value in `slot`, as its letter. */
export function valueType(
  name: string,
  slot: number,
  notes: Notes,
): Column<SignalRows, LowCardinalityColumn> {
  return keyColumn(name, notes, ({ index, count, batch }, out) => {
    const { data: records, stride } = batch.records
    const at = out.extend(count)
    const { indexes, dictionary } = out
    for (let i = 0; i < count; i++) {
      const kind = records[index[i]! * stride + slot]!
      indexes[at + i] = dictionary.indexOf(LETTERS, kind, kind + 1)
    }
  })
}

/** The record's own attributes, in their order on the wire, repeated keys included. */
export function recordAttributes(name: string, notes: Notes): Column<SignalRows, MapColumn> {
  return {
    name,
    type: ATTRIBUTE_MAP,
    ...notes,
    buffer: () => new MapColumn(),
    write: (rows, out) => {
      const { index, count, batch } = rows
      const { data: records, stride } = batch.records
      for (let i = 0; i < count; i++) {
        const from = index[i]! * stride
        const first = records[from + RECORD.attributesFirst]!
        appendAttributes(out, batch, first, records[from + RECORD.attributesCount]!)
      }
    },
  }
}

/** One letter per attribute, in map order. */
export function recordAttributeTypes(name: string, notes: Notes): Column<SignalRows, LowCardinalityColumn> {
  return keyColumn(name, notes, ({ index, count, batch }, out) => {
    const { data: records, stride } = batch.records
    const at = out.extend(count)
    const { indexes } = out
    for (let i = 0; i < count; i++) {
      const from = index[i]! * stride
      const first = records[from + RECORD.attributesFirst]!
      indexes[at + i] = typesKey(out, batch, first, records[from + RECORD.attributesCount]!)
    }
  })
}

/** The attributes of the record's scope. */
export function scopeAttributes(name: string, notes: Notes): Column<SignalRows, MapColumn> {
  return {
    name,
    type: ATTRIBUTE_MAP,
    ...notes,
    buffer: () => new MapColumn(),
    write: (rows, out) => {
      const { index, count, batch } = rows
      const { data: records, stride } = batch.records
      const { data: scopes } = batch.scopes
      for (let i = 0; i < count; i++) {
        const from = records[index[i]! * stride + RECORD.scope]! * SCOPE.stride
        const first = scopes[from + SCOPE.attributesFirst]!
        appendAttributes(out, batch, first, scopes[from + SCOPE.attributesCount]!)
      }
    },
  }
}

export function scopeAttributeTypes(name: string, notes: Notes): Column<SignalRows, LowCardinalityColumn> {
  return keyColumn(name, notes, (rows, out) => {
    const { data: scopes } = rows.batch.scopes
    writeOwnerKeys(rows, out, RECORD.scope, (scope) => {
      const from = scope * SCOPE.stride
      const first = scopes[from + SCOPE.attributesFirst]!
      return typesKey(out, rows.batch, first, scopes[from + SCOPE.attributesCount]!)
    })
  })
}

/** Appends one value as text, by copying where it is text already. */
export function appendValue(
  out: StringColumn,
  bytes: Buffer,
  kind: number,
  start: number,
  end: number,
): void {
  if (kind === ValueKind.string) {
    out.append(bytes, start, end)
    return
  }
  if (kind === ValueKind.empty) {
    out.appendEmpty()
    return
  }
  const at = out.beginText()
  writeValueText(kind, bytes, start, end, out.sink)
  out.endText(at)
}

/** Appends one map: rows `first` up to `first + count` of the batch's attribute table. */
export function appendAttributes(out: MapColumn, batch: Batch, first: number, count: number): void {
  if (count > 0) {
    const { bytes } = batch
    const { data } = batch.attributes
    const { keys, values } = out
    const { dictionary } = keys
    let key = keys.extend(count)
    const { indexes } = keys
    const end = (first + count) * ATTRIBUTE.stride
    for (let at = first * ATTRIBUTE.stride; at < end; at += ATTRIBUTE.stride) {
      indexes[key++] = dictionary.indexOf(bytes, data[at + ATTRIBUTE.keyStart]!, data[at + ATTRIBUTE.keyEnd]!)
      appendValue(
        values,
        bytes,
        data[at + ATTRIBUTE.kind]!,
        data[at + ATTRIBUTE.valueStart]!,
        data[at + ATTRIBUTE.valueEnd]!,
      )
    }
  }
  out.endRow()
}

/** The dictionary key of the letters of one map. */
export function typesKey(out: LowCardinalityColumn, batch: Batch, first: number, count: number): number {
  if (count === 0) return 0
  if (count > letters.length || (letters.length > LETTERS_MAX && count <= LETTERS_MAX))
    letters = Buffer.allocUnsafe(Math.max(count, 64))
  const { data } = batch.attributes
  for (let i = 0, at = first * ATTRIBUTE.stride + ATTRIBUTE.kind; i < count; i++, at += ATTRIBUTE.stride)
    letters[i] = LETTERS[data[at]!]!
  return out.dictionary.indexOf(letters, 0, count)
}
