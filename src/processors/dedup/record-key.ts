import type { Batch } from '../../otlp/batch.ts'
import { FieldSums } from '../../otlp/series/field-sums.ts'
import { ATTRIBUTE, LOG, RESOURCE, SCOPE } from '../../otlp/slots.ts'
import { findAttribute } from '../attribute-rows.ts'
import { equalRanges } from '../ottl/byte-search.ts'
import type { KeyFields } from './config.ts'

const OF_RESOURCE = 0
const OF_SCOPE = 2
const OF_ATTRIBUTES = 4
const OF_RECORD = 6
/** Letters of fields that are no attributes. */
const SEVERITY_NUMBER = 0x23
const SEVERITY_TEXT = 0x53

/**
 * What makes log records the same one again, as 64 bits: resource, scope, event name, severity, and of body and attributes what the configuration
 * names. Times and ids of traces do not count. Two different records of a tenant with one key would be taken for one: among 100,000 in a window that
 * happens once in a billion windows.
 */
export class RecordKey {
  /** Low word, high word; of the record that was read last. */
  readonly words = new Uint32Array(2)
  readonly #sums = new FieldSums(4)
  readonly #body: boolean
  readonly #only: boolean
  readonly #names: ReadonlyArray<Buffer>
  #resource = -1
  #scope = -1

  constructor({ attributes, body, only }: KeyFields) {
    this.#body = body
    this.#only = only
    this.#names = attributes.map((name) => Buffer.from(name))
  }

  begin(batch: Batch): void {
    this.#sums.begin(batch)
    this.#resource = -1
    this.#scope = -1
  }

  /** Lets go of the batch. */
  end(): void {
    this.#sums.end()
  }

  /** Reads the record whose row begins at `base`. */
  read(batch: Batch, base: number): void {
    const sums = this.#sums
    const { data } = batch.records
    if (data[base + LOG.resource] !== this.#resource) {
      this.#resource = data[base + LOG.resource]!
      sums.putResource(OF_RESOURCE, batch.resources.data, this.#resource * RESOURCE.stride)
    }
    if (data[base + LOG.scope] !== this.#scope) {
      this.#scope = data[base + LOG.scope]!
      sums.putScope(OF_SCOPE, batch.scopes.data, this.#scope * SCOPE.stride)
    }
    sums.clear(OF_RECORD)
    sums.addTexts(OF_RECORD, data, base + LOG.eventNameStart, SEVERITY_TEXT, base + LOG.severityTextStart)
    sums.addNumbers(OF_RECORD, SEVERITY_NUMBER, data[base + LOG.severityNumber]!, 0, 0)
    if (this.#body)
      sums.addValue(
        OF_RECORD,
        0,
        0,
        data[base + LOG.bodyKind]!,
        data[base + LOG.bodyStart]!,
        data[base + LOG.bodyEnd]!,
      )
    this.#readAttributes(batch, data[base + LOG.attributesFirst]!, data[base + LOG.attributesCount]!)
    sums.hashAll(this.words)
  }

  #readAttributes(batch: Batch, first: number, count: number): void {
    const sums = this.#sums
    const names = this.#names
    sums.clear(OF_ATTRIBUTES)
    if (this.#only) {
      for (let i = 0; i < names.length; i++) {
        const row = findAttribute(batch, first, count, names[i]!)
        if (row >= 0) sums.addAttribute(OF_ATTRIBUTES, row)
      }
    } else if (names.length === 0) sums.addAttributes(OF_ATTRIBUTES, first, count)
    else {
      const end = (first + count) * ATTRIBUTE.stride
      for (let at = first * ATTRIBUTE.stride; at < end; at += ATTRIBUTE.stride)
        if (!isNamed(batch, at, names)) sums.addAttribute(OF_ATTRIBUTES, at)
    }
  }
}

/** Whether the attribute row at `at` has one of these names. */
export function isNamed({ attributes, bytes }: Batch, at: number, names: ReadonlyArray<Buffer>): boolean {
  const start = attributes.data[at + ATTRIBUTE.keyStart]!
  const end = attributes.data[at + ATTRIBUTE.keyEnd]!
  for (let i = 0; i < names.length; i++) {
    const { length } = names[i]!
    if (end - start === length && equalRanges(bytes, start, end, names[i]!, 0, length)) return true
  }
  return false
}
