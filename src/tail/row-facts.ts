import type { Batch } from '../otlp/batch.ts'
import { ATTRIBUTE, LOG, SCOPE } from '../otlp/slots.ts'
import { valueToString } from '../otlp/text.ts'
import type { RowFacts } from '../query/loki/execute/labels.ts'

/** A record's row as the query would read it from ClickHouse. */
export function factsOf(batch: Batch, record: number): RowFacts {
  const { bytes, records, scopes } = batch
  const { data } = records
  const at = record * records.stride
  const scope = data[at + LOG.scope]! * scopes.stride
  const text = (table: Uint32Array, slot: number): string =>
    bytes.toString('utf8', table[slot]!, table[slot + 1]!)
  const own = attributesOf(batch, data[at + LOG.attributesFirst]!, data[at + LOG.attributesCount]!)
  const ofScope = attributesOf(
    batch,
    scopes.data[scope + SCOPE.attributesFirst]!,
    scopes.data[scope + SCOPE.attributesCount]!,
  )
  const observed = (BigInt(data[at + LOG.observedTimeHigh]!) << 32n) | BigInt(data[at + LOG.observedTimeLow]!)
  return {
    body: valueToString(data[at + LOG.bodyKind]!, bytes, data[at + LOG.bodyStart]!, data[at + LOG.bodyEnd]!),
    ...own,
    scopeName: text(scopes.data, scope + SCOPE.nameStart),
    scopeVersion: text(scopes.data, scope + SCOPE.versionStart),
    scopeKeys: ofScope.keys,
    scopeValues: ofScope.values,
    scopeDropped: scopes.data[scope + SCOPE.droppedAttributesCount]!,
    traceId: idOf(bytes, data[at + LOG.traceIdStart]!, data[at + LOG.traceIdLength]!, 16),
    spanId: idOf(bytes, data[at + LOG.spanIdStart]!, data[at + LOG.spanIdLength]!, 8),
    flags: data[at + LOG.flags]!,
    // An Int32 there.
    severityNumber: data[at + LOG.severityNumber]! | 0,
    severityText: text(data, at + LOG.severityTextStart),
    observedTime: String(BigInt.asIntN(64, observed)),
    eventName: text(data, at + LOG.eventNameStart),
    dropped: data[at + LOG.droppedAttributesCount]!,
  }
}

function attributesOf(
  { bytes, attributes: { data } }: Batch,
  first: number,
  count: number,
): { readonly keys: string[]; readonly values: string[] } {
  const keys: string[] = []
  const values: string[] = []
  for (let i = first; i < first + count; i++) {
    const at = i * ATTRIBUTE.stride
    keys.push(bytes.toString('utf8', data[at + ATTRIBUTE.keyStart]!, data[at + ATTRIBUTE.keyEnd]!))
    const [kind, start, end] = [
      data[at + ATTRIBUTE.kind]!,
      data[at + ATTRIBUTE.valueStart]!,
      data[at + ATTRIBUTE.valueEnd]!,
    ]
    values.push(valueToString(kind, bytes, start, end))
  }
  return { keys, values }
}

/** Lower hex; empty where it is absent, of a wrong length, or zeros: how such an id is stored and read. */
function idOf(bytes: Buffer, start: number, length: number, width: number): string {
  if (length !== width) return ''
  const hex = bytes.toString('hex', start, start + length)
  return /^0*$/.test(hex) ? '' : hex
}
