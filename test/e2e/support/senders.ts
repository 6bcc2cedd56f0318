import type { Signal } from '../../../src/otlp/batch.ts'
import { frame, post, RawGrpc, type Told } from '../../ingest/support/clients.ts'
import { OTLP_SERVICES, partialSuccessOf } from '../../ingest/support/otlp-services.ts'

/** What a sender was told, whatever the transport. */
export type Verdict = Pick<Told, 'status' | 'message' | 'retryDelayMs' | 'headers'> & {
  /** Of the partial success; 0 without one. */
  readonly rejected: number
  readonly partialMessage: string
}

export type SendOptions = {
  /** Logs by default. */
  readonly signal?: Signal
  readonly headers?: Readonly<Record<string, string>>
  /** How `body` is compressed already. */
  readonly encoding?: 'gzip' | 'zstd'
}

export type Transport = 'grpc' | 'http'

/** Sends request bodies as they are, over both transports. */
export type Senders = {
  readonly raw: RawGrpc
  send(transport: Transport, body: Uint8Array, options?: SendOptions): Promise<Verdict>
  close(): void
}

export const TRANSPORTS: ReadonlyArray<Transport> = ['grpc', 'http']

export function openSenders(urls: { readonly grpc: string; readonly http: string }): Senders {
  const raw = new RawGrpc(portOf(`http://${urls.grpc}`))
  return {
    raw,
    async send(transport, body, { signal = 'logs', headers = {}, encoding } = {}) {
      if (transport === 'http') {
        const encoded = encoding === undefined ? {} : { 'content-encoding': encoding }
        const sent = { ...headers, ...encoded }
        const told = await post(portOf(urls.http), new Uint8Array(body), sent, OTLP_SERVICES[signal].httpPath)
        return verdictOf(told, told.status === 200, signal)
      }
      const encoded = encoding === undefined ? {} : { 'grpc-encoding': encoding }
      const told = await raw.call({
        path: OTLP_SERVICES[signal].grpcPath,
        headers: { ...headers, ...encoded },
        bytes: frame(body, encoding !== undefined),
      })
      return verdictOf(told, told.status === 0, signal)
    },
    close: () => raw.close(),
  }
}

export function verdictOf(told: Told, isTaken: boolean, signal: Signal = 'logs'): Verdict {
  const { status, message, retryDelayMs, headers, body } = told
  const partial = isTaken ? partialSuccessOf(signal, body) : { rejected: 0, message: '' }
  return {
    status,
    message,
    retryDelayMs,
    headers,
    rejected: partial.rejected,
    partialMessage: partial.message,
  }
}

/** The status of success by transport. */
export const TAKEN: Readonly<Record<Transport, number>> = { grpc: 0, http: 200 }

export function portOf(url: string): number {
  return Number(new URL(url).port)
}
