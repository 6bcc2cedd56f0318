import type { Batch } from '../../otlp/batch.ts'
import {
  writeAttribute,
  writeNumber,
  writeResource,
  writeScope,
  writeText,
  writeValue,
} from '../../otlp/encode/parts.ts'
import { ATTRIBUTE, LOG } from '../../otlp/slots.ts'
import { WireWriter } from '../../otlp/wire/wire-writer.ts'
import { isNamed } from './record-key.ts'

/** What a summary says of whose record it was; shared by the records of one resource and scope in a request. */
export type Owner = {
  readonly tenantId: string
  /** Fields of a ResourceLogs and of a ScopeLogs. */
  readonly resource: Buffer
  readonly scope: Buffer
}

/** A repeated record as its summary will say it: fields of a LogRecord, without times. */
export type Template = { readonly owner: Owner; readonly record: Buffer }

/** LogRecord (opentelemetry/proto/logs/v1/logs.proto). */
export const LOG_RECORD = {
  time: 1,
  severityNumber: 2,
  severityText: 3,
  body: 5,
  attributes: 6,
  observedTime: 11,
  eventName: 12,
} as const

const BYTES_AT_FIRST = 512
/** Of the objects around the bytes. */
const OVERHEAD_BYTES = 128

/** Copies what summaries need, once per key that is repeated. */
export class Templates {
  /** Attributes that are not copied: what the key leaves out, and what the summary says itself. */
  readonly #left: ReadonlyArray<Buffer>
  #resource = -1
  #scope = -1
  #owner: Owner | undefined

  constructor(left: ReadonlyArray<string>) {
    this.#left = left.map((name) => Buffer.from(name))
  }

  begin(): void {
    this.#resource = -1
    this.#owner = undefined
  }

  /** The record `record` of the batch, copied; and how many bytes that took. */
  copy(batch: Batch, record: number): { readonly template: Template; readonly bytes: number } {
    const base = record * LOG.stride
    const { data } = batch.records
    let owner = this.#owner
    let bytes = OVERHEAD_BYTES
    if (
      owner === undefined ||
      data[base + LOG.resource] !== this.#resource ||
      data[base + LOG.scope] !== this.#scope
    ) {
      this.#resource = data[base + LOG.resource]!
      this.#scope = data[base + LOG.scope]!
      owner = {
        tenantId: batch.tenantOf(record),
        resource: written((writer) => writeResource(writer, batch, this.#resource)),
        scope: written((writer) => writeScope(writer, batch, this.#scope)),
      }
      this.#owner = owner
      bytes += owner.resource.length + owner.scope.length + OVERHEAD_BYTES
    }
    const template = { owner, record: written((writer) => this.#writeRecord(writer, batch, base)) }
    return { template, bytes: bytes + template.record.length }
  }

  #writeRecord(writer: WireWriter, batch: Batch, base: number): void {
    const { data } = batch.records
    writeNumber(writer, LOG_RECORD.severityNumber, data[base + LOG.severityNumber]!)
    const severityStart = data[base + LOG.severityTextStart]!
    writeText(writer, LOG_RECORD.severityText, batch, severityStart, data[base + LOG.severityTextEnd]!)
    const bodyStart = data[base + LOG.bodyStart]!
    const bodyKind = data[base + LOG.bodyKind]!
    if (bodyKind !== 0)
      writeValue(writer, LOG_RECORD.body, batch, bodyKind, bodyStart, data[base + LOG.bodyEnd]!)
    const eventStart = data[base + LOG.eventNameStart]!
    writeText(writer, LOG_RECORD.eventName, batch, eventStart, data[base + LOG.eventNameEnd]!)
    const first = data[base + LOG.attributesFirst]!
    const end = first + data[base + LOG.attributesCount]!
    for (let row = first; row < end; row++)
      if (!isNamed(batch, row * ATTRIBUTE.stride, this.#left))
        writeAttribute(writer, LOG_RECORD.attributes, batch, row)
  }
}

/** A copy of its own length: the writer's memory may be twice as long. */
function written(write: (writer: WireWriter) => void): Buffer {
  const writer = new WireWriter(BYTES_AT_FIRST)
  write(writer)
  return Buffer.from(writer.finish())
}
