import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Identity } from '../../tail/support/certificates.ts'
import type { FakeKubelet } from '../../tail/support/fake-kubelet.ts'
import { readLogQuery } from '../../tail/support/kubelet-reader.ts'

const LOGS = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/

/** The port of a kubelet that an API server asks for logs: TLS, and only for who has a certificate of the cluster. */
export class KubeletServer {
  /** Whose pods it serves now. */
  kubelet: FakeKubelet | undefined
  readonly #server: Server

  /** Kept over `close` and `open`: the node says it once. */
  #port = 0

  private constructor(ca: string, identity: Identity) {
    this.#server = createServer({ ...identity, ca, requestCert: true, rejectUnauthorized: true })
    // An API server asks again by itself on a connection that it has used before: then no test knew who saw what.
    this.#server.maxRequestsPerSocket = 1
    this.#server.on('request', (request, response) => void this.#answer(request, response))
  }

  static async start(ca: string, identity: Identity): Promise<KubeletServer> {
    const server = new KubeletServer(ca, identity)
    await server.open()
    return server
  }

  get port(): number {
    return this.#port
  }

  async open(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Connections are cut, and new ones refused. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    const refuse = (status: number, message: string, retryAfterSeconds?: number): void => {
      if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds))
      response.writeHead(status, { 'content-type': 'text/plain' }).end(message)
    }
    const [, namespace, pod, container] = LOGS.exec(url.pathname) ?? []
    if (container === undefined || this.kubelet === undefined) return refuse(404, '404 page not found')
    const query = readLogQuery(url.searchParams)
    await this.kubelet.answer({ namespace: namespace!, pod: pod!, container, query }, response, refuse)
  }
}
