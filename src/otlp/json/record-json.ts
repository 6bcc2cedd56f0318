import type { Batch, Signal } from '../batch.ts'
import type { RowTable } from '../row-table.ts'
import { requestMessage } from '../scan/index.ts'
import { type Field, FieldKind, Level, type Message } from '../scan/message.ts'
import { POINT, RECORD, ValueKind } from '../slots.ts'
import { doubleOf } from '../words.ts'
import { camelCase } from './names.ts'
import { attributesJson, doubleJson, valueJson } from './value-json.ts'

/** JSON objects of OTLP (specification, "JSON Protobuf Encoding"). */
export type OtlpJson = { [name: string]: unknown }

/**
 * One record of a batch, with its resource and scope (of a data point also its metric), as an OTLP/JSON export request:
 * what it is now, processors' changes included. Absent fields are left out. It shares nothing with the batch. For
 * samples: it makes an object per field.
 */
export function recordRequest(batch: Batch, record: number): OtlpJson {
  return new RecordReader(batch, record).message(requestMessage(batch.signal), {
    table: batch.records,
    base: 0,
  })
}

type Row = { readonly table: RowTable; readonly base: number }

/** Walks the field tables of the messages as the scanner does, and reads what it wrote. */
class RecordReader {
  readonly #batch: Batch
  readonly #record: number

  constructor(batch: Batch, record: number) {
    this.#batch = batch
    this.#record = record
  }

  message(type: Message, row: Row): OtlpJson {
    const json: OtlpJson = {}
    for (const field of type.fields) {
      const value = this.#field(field, row)
      if (value !== undefined) json[camelCase(field.name)] = value
    }
    return json
  }

  #field(field: Field, row: Row): unknown {
    const { kind, message, slot } = field
    const data = row.table.data
    const at = row.base + slot
    switch (kind) {
      case FieldKind.rows:
        return this.#rows(message!, row, slot)
      case FieldKind.message:
        return orNothing(this.message(message!, row))
      case FieldKind.choice:
        return data[at] === field.number ? this.message(message!, row) : undefined
      case FieldKind.attributes:
        return attributesJson(this.#batch, data[at]!, data[at + 1]!)
      case FieldKind.anyValue:
        return data[at] === ValueKind.empty
          ? undefined
          : valueJson(data[at]!, this.#batch.bytes, data[at + 1]!, data[at + 2]!)
      case FieldKind.packedFixed64:
      case FieldKind.packedVarint:
      case FieldKind.packedDouble:
        return this.#elements(field, data[at]!, data[at + 1]!)
      default:
        return this.#scalar(field, data, at)
    }
  }

  /** The one row that the record stands in, or the rows that are its own. */
  #rows(message: Message, row: Row, slot: number): OtlpJson[] | undefined {
    const around = this.#around(message.level)
    if (around !== undefined) return [this.message(message, around)]
    const table = this.#own(message.level)
    const first = row.table.data[row.base + slot]!
    const count = row.table.data[row.base + slot + 1]!
    if (count === 0) return undefined
    return Array.from({ length: count }, (_, i) =>
      this.message(message, { table, base: (first + i) * table.stride }),
    )
  }

  #around(level: Level): Row | undefined {
    const { metrics, records, resources, scopes } = this.#batch
    const base = this.#record * records.stride
    const row = (table: RowTable, slot: number): Row => ({
      table,
      base: records.data[base + slot]! * table.stride,
    })
    switch (level) {
      case Level.resource:
        return row(resources, RECORD.resource)
      case Level.scope:
        return row(scopes, RECORD.scope)
      case Level.metric:
        return row(metrics, POINT.metric)
      case Level.record:
        return { table: records, base }
      default:
        return undefined
    }
  }

  #own(level: Level): RowTable {
    const { events, exemplars, links, quantiles } = this.#batch
    switch (level) {
      case Level.event:
        return events
      case Level.link:
        return links
      case Level.exemplar:
        return exemplars
      case Level.quantile:
        return quantiles
      default:
        throw new Error(`BUG: no rows of level ${level} belong to a record`)
    }
  }

  #elements({ array, kind }: Field, first: number, count: number): unknown[] | undefined {
    if (count === 0) return undefined
    const { data } = this.#batch.arrays[array!]
    return Array.from({ length: count }, (_, i) => {
      const [low, high] = [data[2 * (first + i)]!, data[2 * (first + i) + 1]!]
      return kind === FieldKind.packedDouble ? doubleJson(doubleOf(low, high)) : String(uint64(low, high))
    })
  }

  #scalar(field: Field, data: Uint32Array, at: number): unknown {
    const { bytes } = this.#batch
    const low = data[at]!
    const high = data[at + 1]!
    switch (field.kind) {
      case FieldKind.text:
        return low === high ? undefined : bytes.toString('utf8', low, high)
      case FieldKind.id:
        return high === 0 ? undefined : bytes.toString('hex', low, low + high)
      case FieldKind.fixed64:
        return (low | high) === 0 ? undefined : String(uint64(low, high))
      case FieldKind.double:
        return (low | high) === 0 ? undefined : doubleJson(doubleOf(low, high))
      case FieldKind.optionalDouble:
        return data[at + 2] === 0 ? undefined : doubleJson(doubleOf(low, high))
      case FieldKind.numberDouble:
        return low === ValueKind.double ? doubleJson(doubleOf(high, data[at + 2]!)) : undefined
      case FieldKind.numberInt:
        return low === ValueKind.int ? String(BigInt.asIntN(64, uint64(high, data[at + 2]!))) : undefined
      case FieldKind.flag:
        return low === 0 ? undefined : true
      // Enums and sint32 may be negative; uint32 are not.
      case FieldKind.sint32:
        return low === 0 ? undefined : low | 0
      case FieldKind.varint32:
        return low === 0 ? undefined : field.names === undefined ? low : low | 0
      default:
        return low === 0 ? undefined : low
    }
  }
}

/** Of a signal: where its records stand in an export request, from the outermost in. */
export const REQUEST_LISTS: Readonly<Record<Signal, readonly [string, string, string]>> = {
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
}

function orNothing(json: OtlpJson): OtlpJson | undefined {
  return Object.keys(json).length === 0 ? undefined : json
}

function uint64(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low)
}
