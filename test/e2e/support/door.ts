import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** One fixed address before a server that comes, goes and moves: shut, it breaks every connection off. */
export class Door {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #target: number | undefined

  private constructor() {
    this.#server = createServer((incoming) => this.#pass(incoming))
  }

  static async start(): Promise<Door> {
    const door = new Door()
    door.#server.listen(0, '127.0.0.1')
    await once(door.#server, 'listening')
    return door
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on connections go to this port. */
  open(port: number): void {
    this.#target = port
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #pass(incoming: Socket): void {
    if (this.#target === undefined) {
      incoming.resetAndDestroy()
      return
    }
    const outgoing = connect(this.#target, '127.0.0.1')
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => to.destroy()).on('close', () => this.#sockets.delete(from))
      from.pipe(to)
    }
  }
}
