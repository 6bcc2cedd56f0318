import type { Batch } from '../../otlp/batch.ts'
import { writeAttribute, writeKeyValue } from '../../otlp/encode/parts.ts'
import { FieldSums } from '../../otlp/series/field-sums.ts'
import { ATTRIBUTE, RESOURCE, SPAN, ValueKind } from '../../otlp/slots.ts'
import { WireWriter } from '../../otlp/wire/wire-writer.ts'
import { findAttribute } from '../attribute-rows.ts'
import { attributeMessage, type Labels } from '../counted-series/labels.ts'
import type { SpanMetricsConfig } from './config.ts'

const OF_RESOURCE = 0
const OF_SPAN = 2
const KIND_AND_STATUS = 0x4b
const RESOURCE_ATTRIBUTES = 1
const BYTES_AT_FIRST = 256
/** Of the labels of one series; a span with more counts among those past the bound. */
const LABEL_BYTES_MAX = 4096
const SERVICE_NAME = Buffer.from('service.name')
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const STATUSES = ['UNSET', 'OK', 'ERROR']

/**
 * Which series a span counts for, as 64 bits of all that its labels are made from, and those labels. Two series of a tenant with the same key
 * would be counted as one: among 200,000 that happens in one of a billion gateways.
 */
export class SpanLabels {
  /** Low word, high word; of the span that was read last. */
  readonly words = new Uint32Array(2)
  readonly #sums = new FieldSums(2)
  readonly #dimensions: ReadonlyArray<{ readonly key: Buffer; readonly fallback: Buffer | undefined }>
  readonly #resourceKeys: ReadonlyArray<Buffer>
  #resource = -1

  constructor({ dimensions, resourceAttributes }: SpanMetricsConfig) {
    this.#dimensions = dimensions.map(({ name, default: text }) => ({
      key: Buffer.from(name),
      fallback: text === undefined ? undefined : attributeMessage(name, text),
    }))
    this.#resourceKeys = resourceAttributes.map((name) => Buffer.from(name))
  }

  begin(batch: Batch): void {
    this.#sums.begin(batch)
    this.#resource = -1
  }

  /** Lets go of the batch. */
  end(): void {
    this.#sums.end()
  }

  /** Reads the span whose row begins at `base`. */
  read(batch: Batch, base: number): void {
    const sums = this.#sums
    const { data } = batch.records
    if (data[base + SPAN.resource] !== this.#resource) {
      this.#resource = data[base + SPAN.resource]!
      this.#readResource(batch)
    }
    sums.clear(OF_SPAN)
    sums.addValue(OF_SPAN, 0, 0, ValueKind.string, data[base + SPAN.nameStart]!, data[base + SPAN.nameEnd]!)
    sums.addNumbers(OF_SPAN, KIND_AND_STATUS, data[base + SPAN.kind]!, data[base + SPAN.statusCode]!, 0)
    for (let i = 0; i < this.#dimensions.length; i++) {
      const at = rowOf(batch, base, this.#dimensions[i]!.key)
      if (at >= 0) sums.addAttribute(OF_SPAN, at)
    }
    sums.hashAll(this.words)
  }

  /** The labels of that span, copied. Undefined if they are too long. */
  labels(batch: Batch, base: number, tenantId: string): Labels | undefined {
    const { data } = batch.records
    const name = batch.bytes.subarray(data[base + SPAN.nameStart]!, data[base + SPAN.nameEnd]!)
    if (name.length > LABEL_BYTES_MAX) return undefined
    const attributes = [
      attributeMessage('span.name', name),
      attributeMessage('span.kind', `SPAN_KIND_${KINDS[data[base + SPAN.kind]!] ?? KINDS[0]}`),
      attributeMessage(
        'status.code',
        `STATUS_CODE_${STATUSES[data[base + SPAN.statusCode]!] ?? STATUSES[0]}`,
      ),
    ]
    const service = resourceRow(batch, base, SERVICE_NAME)
    if (service >= 0) attributes.push(copyOf(batch, service))
    for (const { key, fallback } of this.#dimensions) {
      const at = rowOf(batch, base, key)
      if (at >= 0) attributes.push(copyOf(batch, at))
      else if (fallback !== undefined) attributes.push(fallback)
    }
    const resource = this.#resourceMessage(batch, base)
    const bytes = attributes.reduce((sum, { length }) => sum + length, resource.length)
    return bytes > LABEL_BYTES_MAX ? undefined : { tenantId, resource, attributes }
  }

  #readResource(batch: Batch): void {
    const sums = this.#sums
    const { data } = batch.resources
    const at = this.#resource * RESOURCE.stride
    const first = data[at + RESOURCE.attributesFirst]!
    const count = data[at + RESOURCE.attributesCount]!
    sums.clear(OF_RESOURCE)
    const service = findAttribute(batch, first, count, SERVICE_NAME)
    if (service >= 0) sums.addAttribute(OF_RESOURCE, service)
    for (const key of this.#resourceKeys) {
      const row = findAttribute(batch, first, count, key)
      if (row >= 0) sums.addAttribute(OF_RESOURCE, row)
    }
  }

  #resourceMessage(batch: Batch, base: number): Buffer {
    const writer = new WireWriter(BYTES_AT_FIRST)
    for (const key of this.#resourceKeys) {
      const at = resourceRow(batch, base, key)
      if (at >= 0) writeAttribute(writer, RESOURCE_ATTRIBUTES, batch, at / ATTRIBUTE.stride)
    }
    return Buffer.from(writer.finish())
  }
}

/** The attribute of the span, else of its resource. */
function rowOf(batch: Batch, base: number, key: Buffer): number {
  const { data } = batch.records
  const first = data[base + SPAN.attributesFirst]!
  const row = findAttribute(batch, first, data[base + SPAN.attributesCount]!, key)
  return row >= 0 ? row : resourceRow(batch, base, key)
}

function resourceRow(batch: Batch, base: number, key: Buffer): number {
  const { data } = batch.resources
  const at = batch.records.data[base + SPAN.resource]! * RESOURCE.stride
  return findAttribute(batch, data[at + RESOURCE.attributesFirst]!, data[at + RESOURCE.attributesCount]!, key)
}

function copyOf(batch: Batch, at: number): Buffer {
  const writer = new WireWriter(BYTES_AT_FIRST)
  writeKeyValue(writer, batch, at / ATTRIBUTE.stride)
  return Buffer.from(writer.finish())
}
