import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export type Got = { readonly ns: string; readonly body: string }

/** What a gateway does wrong: what it makes of the lines that it got so far, by their numbers. */
export type Mischief = {
  /** Of a batch of new lines, before they go out live. `n`: of the first one. */
  readonly live?: (lines: ReadonlyArray<Got>, n: number, tail: Tail) => ReadonlyArray<Got>
  /** Of all lines, each time they are read. */
  readonly stored?: (lines: ReadonlyArray<Got>) => ReadonlyArray<Got>
  /** Status of the nth export request; 200 by default. It is taken whatever the status is. */
  readonly status?: (request: number) => number
}

export type Tail = {
  send(frame: object): void
  /** Ends the connection. */
  cut(): void
}

/**
 * Something that speaks as a gateway does (OTLP/JSON in, tail, records, query_range) and keeps everything in a list. Nothing of
 * Weir is in it.
 */
export class StandIn {
  readonly url: string
  readonly lines: Got[] = []
  readonly requests: string[] = []
  readonly tokens: string[] = []
  readonly #mischief: Mischief
  readonly #sockets = new Set<WebSocket>()
  readonly #close: () => Promise<void>
  /** Every line that went out live. */
  readonly #told: object[] = []

  private constructor(url: string, mischief: Mischief, close: () => Promise<void>) {
    this.url = url
    this.#mischief = mischief
    this.#close = close
  }

  static async start(mischief: Mischief = {}): Promise<StandIn> {
    let standIn: StandIn | undefined
    const server = createServer((request, response) => void standIn?.answer(request, response))
    const sockets = new WebSocketServer({ server, path: '/api/v1/tail' })
    sockets.on('connection', (socket, request) => standIn?.tail(socket, request))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    standIn = new StandIn(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      mischief,
      async () => {
        const closed = once(server, 'close')
        for (const socket of sockets.clients) socket.terminate()
        server.close()
        server.closeAllConnections()
        await closed
      },
    )
    return standIn
  }

  stop(): Promise<void> {
    return this.#close()
  }

  tail(socket: WebSocket, request: IncomingMessage): void {
    const token = new URL(request.url!, this.url).searchParams.get('resume') ?? ''
    this.tokens.push(token)
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.send(JSON.stringify({ type: 'hello', heartbeatMs: 1000 }))
    // What a gateway does: everything since the token, whether it arrived or not.
    const lines = token === '' ? [] : this.#told.slice(Number(token.slice('at-'.length)))
    if (lines.length > 0) socket.send(JSON.stringify({ type: 'lines', lines }))
    socket.send(JSON.stringify({ type: 'heartbeat', resume: `at-${this.#told.length}` }))
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url)
    if (url.pathname === '/v1/logs') await this.#receive(request, response)
    else if (url.pathname === '/api/v1/logs') this.#logs(url.searchParams, response)
    else if (url.pathname === '/loki/api/v1/query_range') this.#queryRange(url.searchParams, response)
    else response.writeHead(404).end()
  }

  /** As lines of the tail. */
  frame(lines: ReadonlyArray<Got>, type = 'lines'): object {
    const timestamp = '2026-01-31T12:00:00.000000000Z'
    const shown = lines.map(({ body }, i) => ({
      timestamp,
      body,
      lane: 'one',
      seq: String(this.#told.length + i),
    }))
    this.#told.push(...shown)
    return { type, lines: shown }
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const status = this.#mischief.status?.(this.requests.length) ?? 200
    const isRepeated = this.requests.includes(text)
    this.requests.push(text)
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    if (isRepeated) return
    const { resourceLogs } = JSON.parse(text) as {
      resourceLogs: [
        { scopeLogs: [{ logRecords: Array<{ timeUnixNano: string; body: { stringValue: string } }> }] },
      ]
    }
    const got = resourceLogs[0].scopeLogs[0].logRecords.map(({ timeUnixNano, body }) => ({
      ns: timeUnixNano,
      body: body.stringValue,
    }))
    const n = this.lines.length
    this.lines.push(...got)
    const tail: Tail = {
      send: (frame) => this.#send(frame),
      cut: () => {
        for (const socket of this.#sockets) socket.terminate()
      },
    }
    const lines = this.#mischief.live?.(got, n, tail) ?? got
    if (lines.length > 0) this.#send(this.frame(lines))
    this.#send({ type: 'heartbeat', resume: `at-${this.#told.length}` })
  }

  #send(frame: object): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify(frame))
  }

  #stored(parameters: URLSearchParams): ReadonlyArray<Got> {
    const [start, end] = [BigInt(parameters.get('start')!), BigInt(parameters.get('end')!)]
    const within = this.lines.filter(({ ns }) => BigInt(ns) >= start && BigInt(ns) < end)
    return this.#mischief.stored?.(within) ?? within
  }

  #logs(parameters: URLSearchParams, response: ServerResponse): void {
    const all = this.#stored(parameters)
    const from = Number(parameters.get('cursor') ?? '0')
    const to = Math.min(all.length, from + Number(parameters.get('limit')))
    const record = { timestamp: '', severityText: '', severityNumber: 0, service: '' }
    const lines = all.slice(from, to).map(({ body }) => JSON.stringify({ ...record, body }))
    const end = JSON.stringify({ nextCursor: to < all.length ? String(to) : null })
    response.end(`${[...lines, end].join('\n')}\n`)
  }

  #queryRange(parameters: URLSearchParams, response: ServerResponse): void {
    const values = this.#stored(parameters)
      .slice(0, Number(parameters.get('limit')))
      .map(({ ns, body }) => [ns, body])
    // As streams of their own, so that their order is the reader's to find.
    const even = values.filter((_, i) => i % 2 === 0)
    const odd = values.filter((_, i) => i % 2 === 1)
    const result = [odd, even].map((of, i) => ({ stream: { i: String(i) }, values: of }))
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'streams', result } }))
  }
}
