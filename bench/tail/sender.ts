import { setTimeout as delay } from 'node:timers/promises'
import { EXPORT_LOGS, frame, RawGrpc } from '../../test/ingest/support/clients.ts'
import { encodeLogsRequest, stringAttributes } from '../../test/otlp/proto.ts'

export type Sent = {
  readonly first: number
  readonly lines: number
  readonly sentMs: number
  readonly acknowledgedMs: number
}

const EVERY_MS = 100

function requestOf(apps: number, first: number, lines: number): Buffer {
  const now = BigInt(Date.now()) * 1_000_000n
  const ofApp = Array.from({ length: Math.min(apps, lines) }, (_, app) => app)
  return encodeLogsRequest({
    resourceLogs: ofApp.map((app) => ({
      resource: {
        attributes: stringAttributes({
          'service.name': `shop-${app}`,
          'k8s.namespace.name': 'prod',
          'k8s.pod.name': `shop-${app}-0`,
        }),
      },
      scopeLogs: [
        {
          logRecords: Array.from({ length: Math.ceil((lines - app) / apps) }, (_, i) => ({
            timeUnixNano: now + BigInt(i),
            severityNumber: 9,
            severityText: 'INFO',
            body: {
              stringValue: `line=${first + app + i * apps} GET /api/orders/${i * 7919} answered 200 in ${i % 97} ms`,
            },
            attributes: stringAttributes({ 'http.request.method': 'GET', 'http.route': '/api/orders/{id}' }),
          })),
        },
      ],
    })),
  })
}

/** Sends `linesPerSecond` for so long, a request every 100 ms, whatever the answers take. Calls back at each acknowledgement. */
export async function send(
  grpc: string,
  {
    linesPerSecond,
    seconds,
    apps,
  }: { readonly linesPerSecond: number; readonly seconds: number; readonly apps: number },
  onSent: (sent: Sent) => void,
): Promise<number> {
  const client = new RawGrpc(Number(grpc.split(':').at(-1)))
  const lines = Math.round((linesPerSecond * EVERY_MS) / 1000)
  const rounds = (seconds * 1000) / EVERY_MS
  const began = performance.now()
  const calls: Promise<void>[] = []
  for (let round = 0; round < rounds; round++) {
    await delay(Math.max(0, began + round * EVERY_MS - performance.now()))
    const first = round * lines
    const sentMs = performance.now()
    const call = client.call({ path: EXPORT_LOGS, bytes: frame(requestOf(apps, first, lines)) })
    calls.push(
      call.then(({ status, message }) => {
        if (status !== 0) throw new Error(`the gateway refused lines: ${status} ${message}`)
        onSent({ first, lines, sentMs, acknowledgedMs: performance.now() })
      }),
    )
  }
  await Promise.all(calls)
  client.close()
  return rounds * lines
}
