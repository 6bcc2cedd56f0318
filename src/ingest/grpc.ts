import type { AddressInfo } from 'node:net'
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js'
import { exportMethod } from './grpc-export.ts'
import { guardHealth, refuseCall } from './grpc-guard.ts'
import { GrpcHealth } from './grpc-health.ts'
import type { Intake } from './intake.ts'
import { Listener, type ListenOptions } from './listener.ts'
import { LOGS, LOGS_SERVICE_NAME, NOT_TAKEN } from './services.ts'

const HEALTH_CHECK = '/grpc.health.v1.Health/Check'
const HEALTH_WATCH = '/grpc.health.v1.Health/Watch'

const CONCURRENT_STREAMS_MAX = 256
const KEEPALIVE_TIME_MS = 60_000
const KEEPALIVE_TIMEOUT_MS = 20_000

export type GrpcReceiverOptions = { readonly intake: Intake; readonly listen: ListenOptions }

/** OTLP over gRPC, and the standard health service. */
export class GrpcReceiver {
  readonly #options: GrpcReceiverOptions
  readonly #server: Server
  readonly #listener: Listener
  readonly #drain: (graceMs: number) => void
  readonly #health = new GrpcHealth([LOGS_SERVICE_NAME])
  #stopped: Promise<void> | undefined

  constructor(options: GrpcReceiverOptions) {
    this.#options = options
    const { intake, listen } = options
    const logs = exportMethod(intake, 'logs')
    this.#server = new Server({
      'grpc.max_receive_message_length': intake.limits.requestBytesMax,
      'grpc.max_concurrent_streams': CONCURRENT_STREAMS_MAX,
      'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
      // Bookkeeping for a debugging service that Weir doesn't offer.
      'grpc.enable_channelz': 0,
      interceptors: [interceptor(intake, logs.intercept)],
    })
    this.#addMethods(logs.handle)
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure())
    this.#drain = injector.drain
    this.#listener = new Listener(listen, (socket) => injector.injectConnection(socket))
  }

  /** Rejects if the address can't be had. */
  start(): Promise<AddressInfo> {
    return this.#listener.listen(this.#options.listen)
  }

  /** What grpc.health.v1 tells. */
  setServing(isServing: boolean): void {
    this.#health.set(isServing)
  }

  /**
   * Takes no new connections and calls, waits until those in flight are answered, and cuts them after
   * `deadlineMs`. Idempotent; safe before `start`.
   */
  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#health.stop()
    const closed = this.#listener.close()
    this.#drain(deadlineMs)
    const cut = setTimeout(() => this.#listener.destroyConnections(), deadlineMs)
    await closed
    clearTimeout(cut)
    this.#server.forceShutdown()
  }

  #addMethods(handleLogs: handleUnaryCall<Buffer, Buffer>): void {
    const never: handleUnaryCall<Buffer, Buffer> = () => {
      throw new Error('BUG: a call that the interceptor refuses reached its handler')
    }
    this.#add(LOGS.grpcPath, handleLogs)
    for (const { grpcPath } of NOT_TAKEN) this.#add(grpcPath, never)
    this.#add(HEALTH_CHECK, this.#health.check)
    this.#add(HEALTH_WATCH, this.#health.watch, true)
  }

  #add(
    path: string,
    handler: handleUnaryCall<Buffer, Buffer> | handleServerStreamingCall<Buffer, Buffer>,
    responseStream = false,
  ): void {
    const definition: MethodDefinition<Buffer, Buffer> = {
      path,
      requestStream: false,
      responseStream,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    }
    this.#server.addService({ method: definition }, { method: handler })
  }
}

/** Bytes stay bytes: scanned in the handler, so that what is wrong with them keeps its status. */
function identity(bytes: Buffer): Buffer {
  return bytes
}

function interceptor(
  intake: Intake,
  interceptLogs: (call: ServerInterceptingCallInterface) => ServerInterceptingCall,
): ServerInterceptor {
  return (method, call) => {
    if (method.path === LOGS.grpcPath) return interceptLogs(call)
    const service = NOT_TAKEN.find(({ grpcPath }) => grpcPath === method.path)
    return service === undefined
      ? guardHealth(call, intake.limits.bodyTimeoutMs)
      : refuseCall(call, intake, service)
  }
}
