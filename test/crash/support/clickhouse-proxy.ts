import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What happens to an insert on its way. */
export type Handling =
  | 'pass'
  /** The connection breaks before ClickHouse has seen any of it. */
  | 'lose request'
  /** ClickHouse gets half of it, then the connection breaks. */
  | 'halve request'
  /** ClickHouse gets it only when {@link ClickHouseProxy.release} is called. */
  | 'hold request'
  /** ClickHouse has answered; the answer never arrives. */
  | 'cut answer'
  /** ClickHouse has answered; the answer arrives when {@link ClickHouseProxy.release} is called. */
  | 'hold answer'

export type Insert = { readonly token: string; readonly handling: Handling; done: boolean }

type Answer = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer }

/** Stands between a gateway and a ClickHouse, and mistreats the inserts of records' rows as it is told. */
export class ClickHouseProxy {
  /** Decides for each insert of rows, by how many came under its token before. */
  handle: (earlier: number) => Handling = () => 'pass'
  readonly inserts: Insert[] = []
  readonly #server: Server
  readonly #upstream: () => Promise<string>
  #held: Array<() => void> = []
  #origin: Promise<string> | undefined

  private constructor(upstream: () => Promise<string>) {
    this.#upstream = upstream
    this.#server = createServer((incoming, response) => {
      this.#serve(incoming, response).catch(() => {
        // The next one asks where ClickHouse is now.
        this.#origin = undefined
        response.destroy()
      })
    })
  }

  /** `upstream` tells the origin of ClickHouse; it is asked again after a connection failed. */
  static async start(upstream: () => Promise<string>): Promise<ClickHouseProxy> {
    const proxy = new ClickHouseProxy(upstream)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How many inserts were done with, each as `handling` says. */
  count(handling: Handling): number {
    return this.inserts.filter((insert) => insert.done && insert.handling === handling).length
  }

  /** Lets everything go that is held. */
  release(): void {
    for (const go of this.#held.splice(0)) go()
  }

  /** ClickHouse is elsewhere now. */
  forget(): void {
    this.#origin = undefined
  }

  async stop(): Promise<void> {
    this.release()
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>))
    const token = tokenOfRows(incoming.url!)
    if (token === undefined) return send(response, await this.#forward(incoming, body))
    const earlier = this.inserts.filter((insert) => insert.token === token).length
    const insert = { token, handling: this.handle(earlier), done: false }
    this.inserts.push(insert)
    try {
      await this.#mistreat(insert.handling, incoming, body, response)
    } finally {
      insert.done = true
    }
  }

  async #mistreat(
    handling: Handling,
    incoming: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    switch (handling) {
      case 'pass':
        return send(response, await this.#forward(incoming, body))
      case 'lose request':
        response.destroy()
        return
      case 'halve request':
        await this.#forward(incoming, body, body.length >> 1).catch(() => undefined)
        response.destroy()
        return
      case 'hold request':
        await this.#hold()
        return send(response, await this.#forward(incoming, body))
      case 'cut answer':
        await this.#forward(incoming, body)
        response.destroy()
        return
      case 'hold answer': {
        const answer = await this.#forward(incoming, body)
        await this.#hold()
        return send(response, answer)
      }
    }
  }

  #hold(): Promise<void> {
    return new Promise((go) => this.#held.push(go))
  }

  /** The connection breaks after `bytes` of the body, if that is less than all of it. */
  async #forward(incoming: IncomingMessage, body: Buffer, bytes = body.length): Promise<Answer> {
    this.#origin ??= this.#upstream()
    const { host: _host, connection: _connection, ...headers } = incoming.headers
    const outgoing = request(`${await this.#origin}${incoming.url}`, {
      method: incoming.method!,
      headers: { ...headers, 'content-length': body.length },
      agent: false,
    })
    if (bytes < body.length) outgoing.write(body.subarray(0, bytes), () => outgoing.destroy())
    else outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    const chunks = await Array.fromAsync(answer as AsyncIterable<Buffer>)
    return { status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const {
    'transfer-encoding': _chunked,
    connection: _connection,
    'keep-alive': _keepAlive,
    ...kept
  } = headers
  response.writeHead(status, { ...kept, 'content-length': body.length })
  response.end(body)
}

const ROWS = /^INSERT INTO .*`(logs|spans|(|histogram_|exp_histogram_|summary_)samples|exemplars)`/

function tokenOfRows(url: string): string | undefined {
  const query = new URL(url, 'http://localhost').searchParams
  if (!ROWS.test(query.get('query') ?? '')) return undefined
  return query.get('insert_deduplication_token') ?? undefined
}
