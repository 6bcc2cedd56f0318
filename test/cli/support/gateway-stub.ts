import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An API that answers `GET /api/v1/logs` on command, and remembers what it was asked. */
export type GatewayStub = {
  readonly address: string
  readonly asked: ReadonlyArray<{
    readonly parameters: URLSearchParams
    readonly headers: IncomingMessage['headers']
  }>
  stop(): Promise<void>
}

export async function startStub(
  answer: (parameters: URLSearchParams, response: ServerResponse) => void | Promise<void>,
): Promise<GatewayStub> {
  const asked: Array<{ parameters: URLSearchParams; headers: IncomingMessage['headers'] }> = []
  const server = createServer((request, response) => {
    const parameters = new URL(request.url!, 'http://stub').searchParams
    asked.push({ parameters, headers: request.headers })
    void answer(parameters, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export type StubRecord = {
  readonly body: string
  readonly service: string
  readonly pod?: string
  readonly severityNumber: number
  readonly severityText: string
}

/** A record as the API writes it, as far as the command looks at it. */
export function recordLine(n: number, more: Partial<StubRecord> = {}): string {
  const timestamp = `2026-01-31T12:00:${String(n % 60).padStart(2, '0')}.123456789Z`
  return `${JSON.stringify({ timestamp, severityNumber: 9, severityText: 'INFO', body: `line ${n}`, service: 'shop', ...more })}\n`
}

/** `total` records, in pages of what is asked for; the cursor is the number of the next. */
export function paged(total: number) {
  return (parameters: URLSearchParams, response: ServerResponse): void => {
    const from = Number(parameters.get('cursor') ?? '0')
    const to = Math.min(total, from + Number(parameters.get('limit')))
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    for (let n = from; n < to; n++) response.write(recordLine(n))
    response.end(`${JSON.stringify({ nextCursor: to < total ? String(to) : null })}\n`)
  }
}
