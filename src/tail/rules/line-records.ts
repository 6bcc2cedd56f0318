import type { Batch } from '../../otlp/batch.ts'
import { newBatch } from '../../otlp/scan/index.ts'
import { ATTRIBUTE, LOG, RESOURCE, ValueKind } from '../../otlp/slots.ts'
import type { LineBatch } from '../kubernetes/contract.ts'

/** Lines of one container. */
export type Lines = Pick<LineBatch, 'count' | 'bytes' | 'starts' | 'seconds' | 'nanos'>

export type ResourceAttributes = Readonly<Record<string, string>>

/** Attributes as bytes, key after value after key. Containers keep one object for their resource. */
type Encoded = { readonly bytes: Buffer; readonly ends: ReadonlyArray<number> }

const WORD = 2 ** 32
const NANOS_PER_SECOND = 1_000_000_000

/**
 * Turns lines into log records as a collector sends them: the resource, the body without white space at its end, the stamp as
 * time. One batch is reused; it is valid until the next call.
 */
export class LineRecords {
  readonly #batch = newBatch('logs')
  readonly #encoded = new WeakMap<ResourceAttributes, Encoded>()
  /** From a line's offset to the batch's. */
  #shift = 0

  batchOf(attributes: ResourceAttributes, lines: Lines): Batch {
    const batch = this.#batch
    const { bytes, ends } = this.#encode(attributes)
    const bodies = lines.starts[0]!
    // A copy: processors may append to the batch's bytes, and those of the lines are shared.
    batch.begin(Buffer.concat([bytes, lines.bytes.subarray(bodies, lines.starts[lines.count])]))
    batch.tenants.push('')
    addResource(batch, ends)
    batch.scopes.add()
    this.#shift = bytes.length - bodies
    addRecords(batch, lines, this.#shift)
    batch.openVerdicts()
    return batch
  }

  /** Of the lines that the batch was made of: is there more to a record now than a line of text, or another one? */
  isChanged({ starts }: Lines, index: number): boolean {
    const { bytes, records } = this.#batch
    const { data } = records
    const at = index * records.stride
    const start = starts[index]! + this.#shift
    return (
      data[at + LOG.bodyStart] !== start ||
      data[at + LOG.bodyEnd] !== endOfText(bytes, start, starts[index + 1]! + this.#shift) ||
      data[at + LOG.bodyKind] !== ValueKind.string ||
      data[at + LOG.attributesCount] !== 0 ||
      data[at + LOG.severityNumber] !== 0 ||
      data[at + LOG.severityTextEnd] !== data[at + LOG.severityTextStart] ||
      data[at + LOG.traceIdLength] !== 0 ||
      data[at + LOG.spanIdLength] !== 0 ||
      data[at + LOG.eventNameEnd] !== data[at + LOG.eventNameStart] ||
      data[at + LOG.flags] !== 0
    )
  }

  #encode(attributes: ResourceAttributes): Encoded {
    let encoded = this.#encoded.get(attributes)
    if (encoded === undefined) {
      const ends: number[] = []
      let end = 0
      const parts = Object.entries(attributes)
        .flat()
        .map((text) => Buffer.from(text))
      for (const part of parts) {
        end += part.length
        ends.push(end)
      }
      encoded = { bytes: Buffer.concat(parts), ends }
      this.#encoded.set(attributes, encoded)
    }
    return encoded
  }
}

function addResource({ attributes, resources }: Batch, ends: ReadonlyArray<number>): void {
  const resource = resources.add()
  resources.data[resource + RESOURCE.attributesCount] = ends.length / 2
  for (let i = 0; i < ends.length; i += 2) {
    const at = attributes.add()
    const { data } = attributes
    data[at + ATTRIBUTE.keyStart] = i === 0 ? 0 : ends[i - 1]!
    data[at + ATTRIBUTE.keyEnd] = ends[i]!
    data[at + ATTRIBUTE.kind] = ValueKind.string
    data[at + ATTRIBUTE.valueStart] = ends[i]!
    data[at + ATTRIBUTE.valueEnd] = ends[i + 1]!
  }
}

/** `shift`: from a line's offset to the batch's. */
function addRecords(batch: Batch, { count, starts, seconds, nanos }: Lines, shift: number): void {
  const { bytes, records } = batch
  for (let i = 0; i < count; i++) {
    const at = records.add()
    const { data } = records
    const start = starts[i]! + shift
    data[at + LOG.bodyKind] = ValueKind.string
    data[at + LOG.bodyStart] = start
    data[at + LOG.bodyEnd] = endOfText(bytes, start, starts[i + 1]! + shift)
    writeTime(data, at, seconds[i]!, nanos[i]!)
  }
}

/** seconds * 10^9 + nanos, in two words: a double holds no 61 bits, so the factor is halved at 2^16. */
function writeTime(data: Uint32Array, at: number, seconds: number, nanos: number): void {
  const low = (seconds & 0xffff) * NANOS_PER_SECOND + nanos
  // Below 2^16 * 10^9: exact. Its place is 2^16 higher.
  const high = Math.floor(seconds / 65_536) * NANOS_PER_SECOND
  const sum = (high % 65_536) * 65_536 + low
  data[at + LOG.timeLow] = sum % WORD
  data[at + LOG.timeHigh] = Math.floor(high / 65_536) + Math.floor(sum / WORD)
  data[at + LOG.observedTimeLow] = data[at + LOG.timeLow]!
  data[at + LOG.observedTimeHigh] = data[at + LOG.timeHigh]!
}

/** Where the white space at the end begins. */
function endOfText(bytes: Buffer, start: number, end: number): number {
  let at = end
  while (at > start && isSpace(bytes[at - 1]!)) at--
  return at
}

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
