import { encodeLogsRequest, stringAttributes } from '../../otlp/proto.ts'

export type SentLine = {
  readonly body: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly timeNs?: bigint
}

/** Sends lines of one resource over OTLP/HTTP; resolves when the gateway has made them durable. */
export async function sendLines(
  http: string,
  resource: Readonly<Record<string, string>>,
  lines: ReadonlyArray<string | SentLine>,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const now = BigInt(Date.now()) * 1_000_000n
  const body = encodeLogsRequest({
    resourceLogs: [
      {
        resource: { attributes: stringAttributes(resource) },
        scopeLogs: [
          {
            logRecords: lines.map((line, i) => {
              const {
                body: stringValue,
                attributes = {},
                timeNs = now + BigInt(i),
              } = typeof line === 'string' ? { body: line } : line
              return { timeUnixNano: timeNs, body: { stringValue }, attributes: stringAttributes(attributes) }
            }),
          },
        ],
      },
    ],
  })
  const response = await fetch(`${http}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', ...headers },
    body: new Uint8Array(body),
  })
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
}
