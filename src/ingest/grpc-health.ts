import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js'

/** HealthCheckResponse.ServingStatus (grpc/health/v1/health.proto). */
const SERVING = 1
const NOT_SERVING = 2
const SERVICE_UNKNOWN = 3

const WATCHERS_MAX = 256

type Watcher = ServerWritableStream<Buffer, Buffer>

/** The standard health service: `''` and each service named share one state, which the gateway sets. */
export class GrpcHealth {
  readonly #services: ReadonlySet<string>
  /** And whether the service that it watches is one of ours. */
  readonly #watchers = new Map<Watcher, boolean>()
  #isServing = false

  constructor(services: ReadonlyArray<string>) {
    this.#services = new Set(['', ...services])
  }

  set(isServing: boolean): void {
    if (this.#isServing === isServing) return
    this.#isServing = isServing
    for (const [watcher, isKnown] of this.#watchers) if (isKnown) watcher.write(this.#response())
  }

  readonly check: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
    const service = serviceOf(call.request)
    if (service === undefined) callback({ code: status.INVALID_ARGUMENT, details: NOT_A_REQUEST })
    else if (!this.#services.has(service))
      callback({ code: status.NOT_FOUND, details: 'no service of this name is offered here' })
    else callback(null, this.#response())
  }

  /** Sends the state now and whenever it changes, as the specification asks; an unknown service is not an error. */
  readonly watch: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    const service = serviceOf(call.request)
    if (service === undefined) {
      call.emit('error', { code: status.INVALID_ARGUMENT, details: NOT_A_REQUEST })
    } else if (this.#watchers.size >= WATCHERS_MAX) {
      call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: `${WATCHERS_MAX} calls are watching` })
    } else {
      const isKnown = this.#services.has(service)
      this.#watchers.set(call, isKnown)
      call.on('cancelled', () => this.#watchers.delete(call))
      call.write(isKnown ? this.#response() : Buffer.from([0x08, SERVICE_UNKNOWN]))
    }
  }

  /** Ends all watching, so that connections can close. */
  stop(): void {
    this.set(false)
    for (const watcher of this.#watchers.keys()) watcher.end()
    this.#watchers.clear()
  }

  #response(): Buffer {
    return Buffer.from([0x08, this.#isServing ? SERVING : NOT_SERVING])
  }
}

const NOT_A_REQUEST = 'the body is not a grpc.health.v1.HealthCheckRequest'

/** HealthCheckRequest.service, field 1; undefined if the bytes are anything else. Names are short: one length byte. */
function serviceOf(request: Buffer): string | undefined {
  if (request.length === 0) return ''
  const length = request[1]!
  if (request[0] !== 0x0a || length > 127 || request.length !== length + 2) return undefined
  return request.toString('utf8', 2)
}
