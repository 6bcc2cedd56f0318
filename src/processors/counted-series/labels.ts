import { WireWriter } from '../../otlp/wire/wire-writer.ts'

/** Whose a series is and what it is called. */
export type Labels = {
  readonly tenantId: string
  /** The Resource message. */
  readonly resource: Buffer
  /** KeyValue messages. */
  readonly attributes: ReadonlyArray<Buffer>
}

const KEY_VALUE = { key: 1, value: 2 } as const
const ANY_VALUE = { string: 1, bool: 2 } as const
const BYTES_AT_FIRST = 64

/** A KeyValue message. */
export function attributeMessage(key: string, value: string | boolean | Buffer): Buffer {
  const writer = new WireWriter(BYTES_AT_FIRST)
  writer.text(KEY_VALUE.key, key)
  const start = writer.begin(KEY_VALUE.value)
  if (typeof value === 'boolean') writer.number(ANY_VALUE.bool, Number(value))
  else if (typeof value === 'string') writer.text(ANY_VALUE.string, value)
  else writer.bytes(ANY_VALUE.string, value)
  writer.end(start)
  return writer.finish()
}

/** Of the one series per tenant that holds what is past the bound: the SDK's convention. */
export const OVERFLOW: Omit<Labels, 'tenantId'> = {
  resource: Buffer.alloc(0),
  attributes: [attributeMessage('otel.metric.overflow', true)],
}
