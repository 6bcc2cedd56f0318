import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'

/** As much of a WebSocket as the hub uses; what is sent counts as read at once, unless the client stands still. */
export class FakeSocket extends EventEmitter {
  readyState = 1
  bufferedAmount = 0
  isStill = false
  readonly sent: string[] = []
  readonly data: Buffer[] = []
  closedWith: { readonly code: number; readonly reason: string } | undefined
  readonly #unread: Array<() => void> = []

  send(data: Buffer, _options: unknown, written?: () => void): void {
    this.sent.push(String(data))
    this.data.push(data)
    if (this.isStill) {
      this.bufferedAmount += data.length
      this.#unread.push(() => {
        this.bufferedAmount -= data.length
        written?.()
      })
    } else if (written) setImmediate(written)
    this.emit('sent')
  }

  /** The client reads again. */
  read(): void {
    this.isStill = false
    for (const taken of this.#unread.splice(0)) taken()
  }

  ping(): void {
    this.emit('pong')
  }

  close(code = 1000, reason = ''): void {
    if (this.readyState === 3) return
    this.closedWith ??= { code, reason }
    this.readyState = 3
    this.emit('close', code, Buffer.from(reason))
  }

  terminate(): void {
    this.close(1006)
  }

  get asSocket(): WebSocket {
    return this as unknown as WebSocket
  }
}
