import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { OTLP_SERVICES, partialSuccessOf } from '../../ingest/support/otlp-services.ts'
import type { Acknowledgement, SentRequest } from './sent-requests.ts'

/** No gateway to send to just now. */
export class GoneError extends Error {}

/** OTLP over gRPC to wherever the gateway listens now; a new connection for each of its lives. */
export class ExportClient {
  readonly #target: () => string | undefined
  #address: string | undefined
  #client: Client | undefined

  constructor(target: () => string | undefined) {
    this.#target = target
  }

  /** One attempt. Rejects with grpc-js's ServiceError, or {@link GoneError}. */
  async export(
    { signal, bytes }: Pick<SentRequest, 'signal' | 'bytes'>,
    deadlineMs: number,
  ): Promise<Acknowledgement> {
    const client = this.#open()
    if (client === undefined) throw new GoneError('no gateway')
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        OTLP_SERVICES[signal].grpcPath,
        (message: Buffer) => message,
        (message: Buffer) => message,
        bytes,
        new Metadata(),
        { deadline: Date.now() + deadlineMs },
        (error, value) => (error === null ? resolve(value!) : reject(error)),
      )
    })
    return partialSuccessOf(signal, answer)
  }

  close(): void {
    this.#client?.close()
    this.#client = undefined
    this.#address = undefined
  }

  #open(): Client | undefined {
    const address = this.#target()
    if (address === this.#address) return this.#client
    this.close()
    if (address === undefined) return undefined
    this.#address = address
    this.#client = new Client(address, credentials.createInsecure())
    return this.#client
  }
}
