import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it arrived. */
export type Arrived = { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }

/** A real HTTP server whose answers a test changes while it runs. */
export type LoopbackServer = {
  readonly url: string
  /** Every request so far. */
  readonly arrived: ReadonlyArray<Arrived>
  /** From now on. */
  answer: RequestListener
  stop(): Promise<void>
}

export async function loopbackServer(answer: RequestListener): Promise<LoopbackServer> {
  const arrived: Arrived[] = []
  const server = createServer((request, response) => {
    arrived.push({ method: request.method!, url: request.url!, headers: request.headers })
    running.answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const running: LoopbackServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    answer,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return running
}

export function answerJson(body: unknown, status = 200): RequestListener {
  return (_request, response) => sendJson(response, body, status)
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
