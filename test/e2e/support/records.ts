import { encodeLogsRequest, type LogRecord, stringAttributes } from '../../otlp/proto.ts'

/** A request of one service, a record a body, with times of this minute. */
export function requestOfBodies(bodies: ReadonlyArray<string>, service = 'orders'): Buffer {
  const now = BigInt(Date.now()) * 1_000_000n
  return requestOfRecords(
    bodies.map((body, i) => ({ timeUnixNano: now + BigInt(i), body: { stringValue: body } })),
    { 'service.name': service },
  )
}

export function requestOfRecords(
  logRecords: LogRecord[],
  resource: Readonly<Record<string, string>> = { 'service.name': 'orders' },
): Buffer {
  return encodeLogsRequest({
    resourceLogs: [{ resource: { attributes: stringAttributes(resource) }, scopeLogs: [{ logRecords }] }],
  })
}

export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i}`)
}
