import { METRIC, MetricType, POINT, ValueKind } from '../../otlp/slots.ts'
import { type FixedColumn, fixed32, fixed64, fixedString } from '../native/fixed.ts'
import type { LowCardinalityColumn } from '../native/low-cardinality.ts'
import { MapColumn } from '../native/map.ts'
import { StringColumn } from '../native/string.ts'
import { appendAttributes, typesKey } from './attribute-columns.ts'
import type { SignalRows } from './rows.ts'
import { keyColumn, type Notes, type SignalColumn, writeOwnerKeys } from './signal-columns.ts'
import type { Column } from './table.ts'
import { ATTRIBUTE_MAP } from './types.ts'

/** Columns of what the metric of a data point says. `slot` is one of `METRIC`. */

/** `MetricType` as stored: the names of the kinds as OTLP's JSON has them, in snake_case. */
export const METRIC_TYPE_NAMES: Readonly<Record<number, string>> = {
  [MetricType.gauge]: 'gauge',
  [MetricType.sum]: 'sum',
  [MetricType.histogram]: 'histogram',
  [MetricType.exponentialHistogram]: 'exponential_histogram',
  [MetricType.summary]: 'summary',
}

export function metricString(name: string, slot: number, notes: Notes): SignalColumn<LowCardinalityColumn> {
  return keyColumn(name, notes, (rows, out) => {
    const { bytes, metrics } = rows.batch
    writeOwnerKeys(rows, out, POINT.metric, (metric) => {
      const from = metric * METRIC.stride + slot
      return out.dictionary.indexOf(bytes, metrics.data[from]!, metrics.data[from + 1]!)
    })
  })
}

export function metricTypeName(name: string, notes: Notes): SignalColumn<LowCardinalityColumn> {
  return keyColumn(name, notes, (rows, out) => {
    const { data } = rows.batch.metrics
    writeOwnerKeys(rows, out, POINT.metric, (metric) =>
      out.dictionary.indexOfString(METRIC_TYPE_NAMES[data[metric * METRIC.stride + METRIC.type]!] ?? ''),
    )
  })
}

export function metricText(name: string, slot: number, notes: Notes): Column<SignalRows, StringColumn> {
  return {
    name,
    type: 'String',
    ...notes,
    buffer: () => new StringColumn(),
    write: ({ index, count, batch }, out) => {
      const { data: records, stride } = batch.records
      const { data } = batch.metrics
      for (let i = 0; i < count; i++) {
        const from = records[index[i]! * stride + POINT.metric]! * METRIC.stride + slot
        out.append(batch.bytes, data[from]!, data[from + 1]!)
      }
    },
  }
}

export function metricInt32(
  name: string,
  slot: number,
  notes: Notes,
): SignalColumn<FixedColumn<Uint32Array>> {
  return {
    name,
    type: 'Int32',
    ...notes,
    buffer: fixed32,
    write: (rows, out) => {
      const at = out.extend(rows.count)
      for (let i = 0; i < rows.count; i++) out.data[at + i] = metricSlot(rows, i, slot)
    },
  }
}

export function metricBool(name: string, slot: number, notes: Notes): SignalColumn<FixedColumn<Uint8Array>> {
  return {
    name,
    type: 'Bool',
    ...notes,
    buffer: () => fixedString(1),
    write: (rows, out) => {
      const at = out.extend(rows.count)
      for (let i = 0; i < rows.count; i++) out.data[at + i] = metricSlot(rows, i, slot)
    },
  }
}

function metricSlot({ index, batch }: SignalRows, row: number, slot: number): number {
  const metric = batch.records.data[index[row]! * POINT.stride + POINT.metric]!
  return batch.metrics.data[metric * METRIC.stride + slot]!
}

/** Metric.metadata. */
export function metricMetadata(name: string, notes: Notes): Column<SignalRows, MapColumn> {
  return {
    name,
    type: ATTRIBUTE_MAP,
    ...notes,
    buffer: () => new MapColumn(),
    write: (rows, out) => {
      for (let i = 0; i < rows.count; i++) {
        const first = metricSlot(rows, i, METRIC.metadataFirst)
        appendAttributes(out, rows.batch, first, metricSlot(rows, i, METRIC.metadataCount))
      }
    },
  }
}

export function metricMetadataTypes(name: string, notes: Notes): SignalColumn<LowCardinalityColumn> {
  return keyColumn(name, notes, (rows, out) => {
    const { data } = rows.batch.metrics
    writeOwnerKeys(rows, out, POINT.metric, (metric) => {
      const from = metric * METRIC.stride + METRIC.metadataFirst
      return typesKey(out, rows.batch, data[from]!, data[from + 1]!)
    })
  })
}

const int = new Uint32Array(2)
const intAsBigInt = new BigInt64Array(int.buffer)
const double = new Float64Array(1)
const doubleWords = new Uint32Array(double.buffer)
/** Up to here every integer is a double. */
const SAFE_HIGH = 0x200000

/** The number in three slots (`ValueKind`, two words) as a double: an int as the nearest one. */
export function putDouble(out: Uint32Array, to: number, source: Uint32Array, at: number): void {
  if (source[at] !== ValueKind.int) {
    out[to] = source[at + 1]!
    out[to + 1] = source[at + 2]!
    return
  }
  // Rounded once: the high word's product is exact, and the sum is the one rounding.
  double[0] = (source[at + 2]! | 0) * 4_294_967_296 + source[at + 1]!
  out[to] = doubleWords[0]!
  out[to + 1] = doubleWords[1]!
}

/** The int in three slots where no double is equal to it, else 0. */
export function putExactInt(out: Uint32Array, to: number, source: Uint32Array, at: number): void {
  out[to] = 0
  out[to + 1] = 0
  if (source[at] !== ValueKind.int) return
  const high = source[at + 2]! | 0
  if (high < SAFE_HIGH && high >= -SAFE_HIGH) return
  int[0] = source[at + 1]!
  int[1] = source[at + 2]!
  // Rare: counters above 2^53.
  if (BigInt(high * 4_294_967_296 + int[0]!) === intAsBigInt[0]) return
  out[to] = int[0]!
  out[to + 1] = int[1]!
}

/** Where the three slots of a row's number stand: in the point, or in its exemplar. */
export type NumberSource<Rows> = {
  readonly data: (rows: Rows) => Uint32Array
  readonly at: (rows: Rows, row: number) => number
}

export const POINT_VALUE: NumberSource<SignalRows> = {
  data: ({ batch }) => batch.records.data,
  at: ({ index }, row) => index[row]! * POINT.stride + POINT.valueKind,
}

/** `Value Float64`, `IsInt Bool` and `ExactInt Int64`: all that a number of 64 bits may be. */
export function numberColumns<Rows extends SignalRows>(
  source: NumberSource<Rows>,
  valueCodec: string,
  codec: string,
): ReadonlyArray<Column<Rows>> {
  const column = (
    name: string,
    type: string,
    notes: Notes,
    put: typeof putDouble,
  ): Column<Rows, FixedColumn<Uint32Array>> => ({
    name,
    type,
    ...notes,
    buffer: fixed64,
    write: (rows, out) => {
      const data = source.data(rows)
      const at = out.extend(rows.count)
      for (let i = 0; i < rows.count; i++) put(out.data, at + 2 * i, data, source.at(rows, i))
    },
  })
  const isInt: Column<Rows, FixedColumn<Uint8Array>> = {
    name: 'IsInt',
    type: 'Bool',
    codec,
    buffer: () => fixedString(1),
    write: (rows, out) => {
      const data = source.data(rows)
      const at = out.extend(rows.count)
      for (let i = 0; i < rows.count; i++)
        out.data[at + i] = data[source.at(rows, i)] === ValueKind.int ? 1 : 0
    },
  }
  return [
    column('Value', 'Float64', { codec: valueCodec }, putDouble),
    isInt,
    column(
      'ExactInt',
      'Int64',
      { codec, comment: 'The int where no double is equal to it, else 0' },
      putExactInt,
    ),
  ]
}
