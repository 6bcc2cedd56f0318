import { EXEMPLAR } from '../../otlp/slots.ts'
import { type FixedColumn, fixed64, fixedString } from '../native/fixed.ts'
import { MapColumn } from '../native/map.ts'
import { appendAttributes, typesKey } from './attribute-columns.ts'
import { numberColumns } from './metric-columns.ts'
import { pointTable } from './points.ts'
import type { ExemplarRows } from './rows.ts'
import { appendId, keyColumn } from './signal-columns.ts'
import type { Column } from './table.ts'
import { ATTRIBUTE_MAP, DELTA_ZSTD, LETTERS_COMMENT, NANOSECONDS, ZSTD } from './types.ts'

const time: Column<ExemplarRows, FixedColumn<Uint32Array>> = {
  name: 'ExemplarTime',
  type: NANOSECONDS,
  codec: DELTA_ZSTD,
  buffer: fixed64,
  write: ({ batch, exemplars: own, count }, out) => {
    const { data } = batch.exemplars
    const at = out.extend(count)
    for (let i = 0; i < count; i++) {
      const from = own[i]! * EXEMPLAR.stride + EXEMPLAR.timeLow
      out.data[at + 2 * i] = data[from]!
      out.data[at + 2 * i + 1] = data[from + 1]!
    }
  },
}

function id(name: string, width: 8 | 16, slot: number): Column<ExemplarRows, FixedColumn<Uint8Array>> {
  return {
    name,
    type: `FixedString(${width})`,
    codec: ZSTD,
    buffer: () => fixedString(width),
    write: ({ batch, exemplars: own, count }, out) => {
      const { data } = batch.exemplars
      for (let i = 0; i < count; i++) {
        const from = own[i]! * EXEMPLAR.stride + slot
        appendId(out, width, batch.bytes, data[from]!, data[from + 1]!)
      }
    },
  }
}

const attributes: Column<ExemplarRows, MapColumn> = {
  name: 'FilteredAttributes',
  type: ATTRIBUTE_MAP,
  codec: ZSTD,
  buffer: () => new MapColumn(),
  write: ({ batch, exemplars: own, count }, out) => {
    const { data } = batch.exemplars
    for (let i = 0; i < count; i++) {
      const from = own[i]! * EXEMPLAR.stride + EXEMPLAR.attributesFirst
      appendAttributes(out, batch, data[from]!, data[from + 1]!)
    }
  },
}

const attributeTypes = keyColumn<ExemplarRows>(
  'FilteredAttributeTypes',
  { codec: ZSTD, comment: LETTERS_COMMENT },
  ({ batch, exemplars: own, count }, out) => {
    const { data } = batch.exemplars
    for (let i = 0; i < count; i++) {
      const from = own[i]! * EXEMPLAR.stride + EXEMPLAR.attributesFirst
      out.append(typesKey(out, batch, data[from]!, data[from + 1]!))
    }
  },
)

/**
 * One row per exemplar, beside its data point: as arrays in the tables of points they would cost every point that has
 * none more than the point itself (docs/adr/0002-schema.md).
 */
export const exemplars = pointTable<ExemplarRows>('exemplars', 'Exemplars of data points', [
  time,
  ...numberColumns<ExemplarRows>(
    {
      data: ({ batch }) => batch.exemplars.data,
      at: ({ exemplars: own }, row) => own[row]! * EXEMPLAR.stride + EXEMPLAR.valueKind,
    },
    ZSTD,
    ZSTD,
  ),
  id('TraceId', 16, EXEMPLAR.traceIdStart),
  id('SpanId', 8, EXEMPLAR.spanIdStart),
  attributes,
  attributeTypes,
])
