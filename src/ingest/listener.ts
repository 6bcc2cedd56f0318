import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** PEM texts. With `ca`, clients must show a certificate signed by it (mTLS). */
export type TlsFiles = { readonly cert: string; readonly key: string; readonly ca?: string }

export type ListenOptions = {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly tls?: TlsFiles
  /** Connections beyond it are closed as they come. */
  readonly connectionsMax?: number
}

export const CONNECTIONS_MAX_DEFAULT = 1000
const HANDSHAKE_TIMEOUT_MS = 10_000

/** TLS options for node:tls and node:https. */
export function tlsOptions(tls: TlsFiles) {
  const { cert, key, ca } = tls
  return {
    cert,
    key,
    minVersion: 'TLSv1.2' as const,
    ...(ca ? { ca, requestCert: true, rejectUnauthorized: true } : {}),
  }
}

/** Accepts connections, bounded, for a protocol that brings no listener of its own. */
export class Listener {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(options: ListenOptions, onConnection: (socket: Socket) => void) {
    const { tls, connectionsMax = CONNECTIONS_MAX_DEFAULT } = options
    if (tls === undefined) {
      this.#server = createServer({ noDelay: true }, onConnection)
    } else {
      const http2Only = { ALPNProtocols: ['h2'], handshakeTimeout: HANDSHAKE_TIMEOUT_MS, noDelay: true }
      this.#server = createTlsServer({ ...tlsOptions(tls), ...http2Only }, onConnection)
      // A failed handshake is the client's affair: its socket is closed by node:tls.
      this.#server.on('tlsClientError', () => {})
    }
    this.#server.maxConnections = connectionsMax
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    })
  }

  /** Rejects if the address can't be had. */
  async listen(options: ListenOptions): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(options.port, options.host, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    return this.#server.address() as AddressInfo
  }

  /** Takes no more connections; resolves when the last one is closed. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  /** Cuts what is still connected. */
  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
