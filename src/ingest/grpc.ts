import type { AddressInfo } from 'node:net'
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerInterceptor,
} from '@grpc/grpc-js'
import { type ExportMethod, exportMethod } from './grpc-export.ts'
import { guardHealth, refuseCall } from './grpc-guard.ts'
import { GrpcHealth } from './grpc-health.ts'
import type { Intake } from './intake.ts'
import { Listener, type ListenOptions } from './listener.ts'
import { PROFILES, SERVICES } from './services.ts'

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
  readonly #health = new GrpcHealth(SERVICES.map(({ grpcService }) => grpcService))
  #stopped: Promise<void> | undefined

  constructor(options: GrpcReceiverOptions) {
    this.#options = options
    const { intake, listen } = options
    const methods = new Map(
      SERVICES.map(({ grpcPath, signal }) => [grpcPath, exportMethod(intake, signal)] as const),
    )
    this.#server = new Server({
      'grpc.max_receive_message_length': intake.limits.requestBytesMax,
      'grpc.max_concurrent_streams': CONCURRENT_STREAMS_MAX,
      'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
      // Bookkeeping for a debugging service that Weir doesn't offer.
      'grpc.enable_channelz': 0,
      interceptors: [interceptor(intake, methods)],
    })
    this.#addMethods(methods)
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

  #addMethods(methods: ReadonlyMap<string, ExportMethod>): void {
    const never: handleUnaryCall<Buffer, Buffer> = () => {
      throw new Error('BUG: a call that the interceptor refuses reached its handler')
    }
    for (const [path, { handle }] of methods) this.#add(path, handle)
    this.#add(PROFILES.grpcPath, never)
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

function interceptor(intake: Intake, methods: ReadonlyMap<string, ExportMethod>): ServerInterceptor {
  return (method, call) => {
    const taken = methods.get(method.path)
    if (taken !== undefined) return taken.intercept(call)
    return method.path === PROFILES.grpcPath
      ? refuseCall(call)
      : guardHealth(call, intake.limits.bodyTimeoutMs)
  }
}
