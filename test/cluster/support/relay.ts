import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A load balancer between Weir and the API server: it passes bytes on, and can cut. */
export class Relay {
  readonly #server: Server
  readonly #sockets: Set<Socket>

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server
    this.#sockets = sockets
  }

  static async start(targetPort: number): Promise<Relay> {
    const sockets = new Set<Socket>()
    const keep = (socket: Socket, other: Socket): void => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    const server = createServer((near) => {
      const far = connect(targetPort, '127.0.0.1')
      keep(near, far)
      keep(far, near)
      near.pipe(far)
      far.pipe(near)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Relay(server, sockets)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** A reset on both sides, for every connection. */
  cut(): void {
    for (const socket of [...this.#sockets]) socket.resetAndDestroy()
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut()
    await closed
  }
}
