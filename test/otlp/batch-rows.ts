import type { Batch } from '../../src/otlp/batch.ts'
import type { RowTable } from '../../src/otlp/row-table.ts'
import { ATTRIBUTE, RESOURCE, SCOPE, ValueKind } from '../../src/otlp/slots.ts'
import { doubleOf } from '../../src/otlp/words.ts'
import { decodeLenient } from './lenient-decode.ts'
import type { AnyValue, InstrumentationScope, KeyValue, Resource } from './proto.ts'

/** Reads rows of a batch into plain objects. For tests: slow, and it trusts nothing but the slots. */

export type Slots = Readonly<Record<string, number>>

/** What stands around a record; absent fields have protobuf's defaults. */
export type Surroundings = {
  resource: Required<Resource>
  resourceSchemaUrl: string
  scope: Required<InstrumentationScope>
  scopeSchemaUrl: string
}

/** One row of one of a batch's tables. */
export class RowReader {
  readonly #batch: Batch
  readonly #table: RowTable
  readonly #slots: Slots
  readonly #index: number

  constructor(batch: Batch, table: RowTable, slots: Slots, index: number) {
    if (index >= table.count) throw new Error(`row ${index} of a table of ${table.count}`)
    this.#batch = batch
    this.#table = table
    this.#slots = slots
    this.#index = index
  }

  slot(name: string): number {
    const slot = this.#slots[name]
    if (slot === undefined) throw new Error(`no slot ${name}`)
    return this.#table.data[this.#index * this.#table.stride + slot]!
  }

  fixed64(name: string): bigint {
    return (BigInt(this.slot(`${name}High`)) << 32n) | BigInt(this.slot(`${name}Low`))
  }

  double(name: string): number {
    return doubleOf(this.slot(`${name}Low`), this.slot(`${name}High`))
  }

  optionalDouble(name: string): number | undefined {
    return this.slot(`${name}Present`) === 1 ? this.double(name) : undefined
  }

  text(name: string): string {
    return textOf(this.#batch, this.slot(`${name}Start`), this.slot(`${name}End`))
  }

  id(name: string): Buffer {
    const start = this.slot(`${name}Start`)
    return Buffer.from(this.#batch.bytes.subarray(start, start + this.slot(`${name}Length`)))
  }

  value(name: string): AnyValue {
    const [kind, start, end] = [`${name}Kind`, `${name}Start`, `${name}End`].map((slot) => this.slot(slot))
    return anyValueOf(this.#batch, kind!, start!, end!)
  }

  attributes(name = 'attributes'): KeyValue[] {
    return this.rows(name, this.#batch.attributes, ATTRIBUTE, (row) => {
      const [kind, start, end] = [row.slot('kind'), row.slot('valueStart'), row.slot('valueEnd')]
      return { key: row.text('key'), value: anyValueOf(this.#batch, kind, start, end) }
    })
  }

  /** The rows of another table that belong to this one. */
  rows<Row>(name: string, inner: RowTable, slots: Slots, read: (row: RowReader) => Row): Row[] {
    return this.#indexes(name).map((i) => read(new RowReader(this.#batch, inner, slots, i)))
  }

  /** 64-bit elements of a repeated number. */
  elements<Element>(name: string, array: 0 | 1, read: (low: number, high: number) => Element): Element[] {
    const { data, count } = this.#batch.arrays[array]
    return this.#indexes(name).map((i) => {
      if (i >= count) throw new Error(`element ${i} of an array of ${count}`)
      return read(data[2 * i]!, data[2 * i + 1]!)
    })
  }

  #indexes(name: string): number[] {
    const first = this.slot(`${name}First`)
    return Array.from({ length: this.slot(`${name}Count`) }, (_, i) => first + i)
  }
}

export function surroundingsOf(batch: Batch, row: RowReader): Surroundings {
  const resource = new RowReader(batch, batch.resources, RESOURCE, row.slot('resource'))
  const scope = new RowReader(batch, batch.scopes, SCOPE, row.slot('scope'))
  return {
    resource: {
      attributes: resource.attributes(),
      droppedAttributesCount: resource.slot('droppedAttributesCount'),
    },
    resourceSchemaUrl: resource.text('schemaUrl'),
    scope: {
      name: scope.text('name'),
      version: scope.text('version'),
      attributes: scope.attributes(),
      droppedAttributesCount: scope.slot('droppedAttributesCount'),
    },
    scopeSchemaUrl: scope.text('schemaUrl'),
  }
}

function textOf(batch: Batch, start: number, end: number): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(batch.bytes.subarray(start, end))
}

function anyValueOf(batch: Batch, kind: number, start: number, end: number): AnyValue {
  // Copied, so that what was read outlives the batch.
  const bytes = Buffer.from(batch.bytes.subarray(start, end))
  switch (kind) {
    case ValueKind.string:
      return { stringValue: textOf(batch, start, end) }
    case ValueKind.bool:
      return { boolValue: start === 1 }
    case ValueKind.int:
      return { intValue: varintOf(bytes) }
    case ValueKind.double:
      return { doubleValue: bytes.readDoubleLE() }
    case ValueKind.array:
      return normalised({ arrayValue: decodeLenient('ArrayValue', bytes) })
    case ValueKind.kvlist:
      return normalised({ kvlistValue: decodeLenient('KeyValueList', bytes) })
    case ValueKind.bytes:
      return { bytesValue: bytes }
    default:
      return {}
  }
}

function varintOf(bytes: Uint8Array): bigint {
  return BigInt.asIntN(
    64,
    bytes.reduceRight((value, byte) => (value << 7n) | BigInt(byte & 0x7f), 0n),
  )
}

export function normalisedAttribute({ key = '', value = {} }: KeyValue): KeyValue {
  return { key, value: normalised(value) }
}

/** Absent keys, values and lists inside a value are the empty ones. */
export function normalised(value: AnyValue): AnyValue {
  if (value.arrayValue) return { arrayValue: { values: (value.arrayValue.values ?? []).map(normalised) } }
  if (value.kvlistValue)
    return { kvlistValue: { values: (value.kvlistValue.values ?? []).map(normalisedAttribute) } }
  return value
}
