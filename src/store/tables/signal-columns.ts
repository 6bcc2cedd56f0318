import { RECORD, SCOPE } from '../../otlp/slots.ts'
import { type FixedColumn, fixed16, fixed32, fixed64, fixedString } from '../native/fixed.ts'
import { LowCardinalityColumn } from '../native/low-cardinality.ts'
import type { ResolvedResource, SignalRows } from './rows.ts'
import type { Column, RowSet } from './table.ts'
import { LC } from './types.ts'

/**
 * Makers of the columns that the tables of every signal share. `slot` is always the index of the value's first
 * slot in the rows of the batch's record table (`LOG`, …). Each `write` is one plain loop over the rows.
 */
export type Notes = { readonly codec?: string; readonly comment?: string; readonly since?: number }
export type SignalColumn<
  Buffer extends LowCardinalityColumn | FixedColumn<Uint16Array | Uint32Array | Uint8Array>,
> = Column<SignalRows, Buffer>

/** A LowCardinality column; `write` appends the dictionary key of every row. */
export function keyColumn<Rows extends RowSet>(
  name: string,
  notes: Notes,
  write: (rows: Rows, out: LowCardinalityColumn) => void,
): Column<Rows, LowCardinalityColumn> {
  return { name, type: LC, ...notes, buffer: () => new LowCardinalityColumn(), write }
}

/**
 * Appends the key of what the record's resource or scope decides. `ownerSlot` says which of both; `keyOf` is asked
 * where the owner changes, not per row.
 */
export function writeOwnerKeys(
  { index, count, batch }: SignalRows,
  out: LowCardinalityColumn,
  ownerSlot: number,
  keyOf: (owner: number) => number,
): void {
  const { data, stride } = batch.records
  const at = out.extend(count)
  const { indexes } = out
  let last = -1
  let key = 0
  for (let i = 0; i < count; i++) {
    const owner = data[index[i]! * stride + ownerSlot]!
    if (owner !== last) {
      last = owner
      key = keyOf(owner)
    }
    indexes[at + i] = key
  }
}

/** A value that the resource decides. */
export function resourceString(
  name: string,
  get: (resource: ResolvedResource) => string,
  notes: Notes,
): SignalColumn<LowCardinalityColumn> {
  return keyColumn(name, notes, (rows, out) => {
    const { dictionary } = out
    writeOwnerKeys(rows, out, RECORD.resource, (resource) =>
      dictionary.indexOfString(get(rows.resources[resource]!)),
    )
  })
}

export function resourceFingerprint(name: string, notes: Notes): SignalColumn<FixedColumn<Uint32Array>> {
  return {
    name,
    type: 'UInt64',
    ...notes,
    buffer: fixed64,
    write: (rows, out) => {
      const { index, count, batch, resources } = rows
      const { data: records, stride } = batch.records
      let at = out.extend(count)
      const { data } = out
      for (let i = 0; i < count; i++) {
        const resource = resources[records[index[i]! * stride + RECORD.resource]!]!
        data[at++] = resource.fingerprintLow
        data[at++] = resource.fingerprintHigh
      }
    },
  }
}

export function retentionDays(name: string, notes: Notes): SignalColumn<FixedColumn<Uint16Array>> {
  return {
    name,
    type: 'UInt16',
    ...notes,
    buffer: fixed16,
    write: (rows, out) => {
      const { index, count, batch, resources } = rows
      const { data: records, stride } = batch.records
      const at = out.extend(count)
      const { data } = out
      for (let i = 0; i < count; i++)
        data[at + i] = resources[records[index[i]! * stride + RECORD.resource]!]!.retentionDays
    },
  }
}

export function gatewayId(name: string, notes: Notes): Column<NumberedRows, LowCardinalityColumn> {
  return keyColumn(name, notes, (rows, out) => {
    const key = out.dictionary.indexOfString(rows.gatewayId)
    const at = out.extend(rows.count)
    out.indexes.fill(key, at, at + rows.count)
  })
}

export function seq(name: string, notes: Notes): Column<NumberedRows, FixedColumn<Uint32Array>> {
  return { name, type: 'UInt64', ...notes, buffer: fixed64, write: writeSeq }
}

/** Rows that are delivered once: named by the gateway that took them and numbered in order. */
type NumberedRows = RowSet & {
  readonly gatewayId: string
  readonly seqLow: number
  readonly seqHigh: number
}

/** Rows are numbered in order; the low word carries into the high one. */
function writeSeq(rows: NumberedRows, out: FixedColumn<Uint32Array>): void {
  let at = out.extend(rows.count)
  const { data } = out
  let low = rows.seqLow >>> 0
  let high = rows.seqHigh >>> 0
  for (let i = 0; i < rows.count; i++) {
    data[at++] = low
    data[at++] = high
    low = (low + 1) >>> 0
    if (low === 0) high = (high + 1) >>> 0
  }
}

/** A 64-bit value: two slots, the low word first. */
export function words64(
  name: string,
  type: string,
  slot: number,
  notes: Notes,
): SignalColumn<FixedColumn<Uint32Array>> {
  return {
    name,
    type,
    ...notes,
    buffer: fixed64,
    write: (rows, out) => {
      const { index, count } = rows
      const { data: records, stride } = rows.batch.records
      let at = out.extend(count)
      const { data } = out
      for (let i = 0; i < count; i++) {
        const from = index[i]! * stride + slot
        data[at++] = records[from]!
        data[at++] = records[from + 1]!
      }
    },
  }
}

/** A 32-bit value, signed or not. */
export function word32(
  name: string,
  type: 'UInt32' | 'Int32',
  slot: number,
  notes: Notes,
): SignalColumn<FixedColumn<Uint32Array>> {
  return {
    name,
    type,
    ...notes,
    buffer: fixed32,
    write: (rows, out) => {
      const { index, count } = rows
      const { data: records, stride } = rows.batch.records
      const at = out.extend(count)
      const { data } = out
      for (let i = 0; i < count; i++) data[at + i] = records[index[i]! * stride + slot]!
    },
  }
}

/** An id of fixed length; `slot` its start, the next slot its length. Absent, or of a wrong length: zeros. */
export function id(
  name: string,
  width: 8 | 16,
  slot: number,
  notes: Notes,
): SignalColumn<FixedColumn<Uint8Array>> {
  return {
    name,
    type: `FixedString(${width})`,
    ...notes,
    buffer: () => fixedString(width),
    write: (rows, out) => {
      const { index, count } = rows
      const { bytes } = rows.batch
      const { data: records, stride } = rows.batch.records
      let at = out.extend(count)
      const { data } = out
      for (let i = 0; i < count; i++, at += width) {
        const from = index[i]! * stride + slot
        putId(data, at, width, bytes, records[from]!, records[from + 1]!)
      }
    },
  }
}

/** Appends an id of `width` bytes; zeros where it is absent or of a wrong length. */
export function appendId(
  out: FixedColumn<Uint8Array>,
  width: number,
  bytes: Buffer,
  start: number,
  length: number,
): void {
  const at = out.extend(1)
  putId(out.data, at, width, bytes, start, length)
}

function putId(
  data: Uint8Array,
  at: number,
  width: number,
  bytes: Buffer,
  start: number,
  length: number,
): void {
  if (length !== width) data.fill(0, at, at + width)
  else for (let byte = 0; byte < width; byte++) data[at + byte] = bytes[start + byte]!
}

/** A string with few values: start and end in `slot` and the next. */
export function lowCardinality(name: string, slot: number, notes: Notes): SignalColumn<LowCardinalityColumn> {
  return keyColumn(name, notes, ({ index, count, batch }, out) => {
    const { bytes } = batch
    const { data: records, stride } = batch.records
    const at = out.extend(count)
    const { indexes, dictionary } = out
    for (let i = 0; i < count; i++) {
      const from = index[i]! * stride + slot
      indexes[at + i] = dictionary.indexOf(bytes, records[from]!, records[from + 1]!)
    }
  })
}

/** A string of the scope: start and end in `slot` (of `SCOPE`) and the next. */
export function scopeString(name: string, slot: number, notes: Notes): SignalColumn<LowCardinalityColumn> {
  return keyColumn(name, notes, (rows, out) => {
    const { bytes, scopes } = rows.batch
    writeOwnerKeys(rows, out, RECORD.scope, (scope) => {
      const from = scope * SCOPE.stride + slot
      return out.dictionary.indexOf(bytes, scopes.data[from]!, scopes.data[from + 1]!)
    })
  })
}

export function scopeDroppedAttributesCount(
  name: string,
  notes: Notes,
): SignalColumn<FixedColumn<Uint32Array>> {
  return {
    name,
    type: 'UInt32',
    ...notes,
    buffer: fixed32,
    write: (rows, out) => {
      const { index, count } = rows
      const { data: records, stride } = rows.batch.records
      const { data: scopes } = rows.batch.scopes
      const at = out.extend(count)
      const { data } = out
      for (let i = 0; i < count; i++) {
        const scope = records[index[i]! * stride + RECORD.scope]!
        data[at + i] = scopes[scope * SCOPE.stride + SCOPE.droppedAttributesCount]!
      }
    },
  }
}
