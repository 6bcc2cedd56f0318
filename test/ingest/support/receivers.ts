import { performance } from 'node:perf_hooks'
import type { CorsOptions } from '../../../src/ingest/cors.ts'
import { GrpcReceiver } from '../../../src/ingest/grpc.ts'
import { HttpReceiver } from '../../../src/ingest/http.ts'
import { Intake, type IntakeLimits } from '../../../src/ingest/intake.ts'
import type { TlsFiles } from '../../../src/ingest/listener.ts'
import type { RequestOutcome } from '../../../src/ingest/outcome.ts'
import type { Authenticate, ExportHandler, ExportRequest } from '../../../src/ingest/receiver.ts'
import type { Tracing } from '../../../src/telemetry/tracing.ts'
import type { Caller } from '../../../src/tenancy/caller.ts'

export const CALLER: Caller = { name: 'test', tenants: '*', scopes: new Set(['write'] as const) }

export type Setup = {
  readonly handler?: ExportHandler
  readonly authenticate?: Authenticate
  readonly limits?: Partial<IntakeLimits>
  readonly pressure?: () => string | undefined
  readonly tls?: TlsFiles
  readonly connectionsMax?: number
  readonly cors?: CorsOptions
  readonly tracing?: Tracing | undefined
}

export type Receivers = {
  readonly intake: Intake
  readonly grpc: GrpcReceiver
  readonly http: HttpReceiver
  readonly grpcPort: number
  readonly httpPort: number
  /** What the handler was given, in order. */
  readonly requests: ExportRequest[]
  readonly ended: Array<{ readonly transport: string; readonly outcome: RequestOutcome }>
  readonly logged: object[]
  stop(): Promise<void>
}

/** Both receivers on free loopback ports, over one intake whose handler records what it gets. */
export async function startReceivers(setup: Setup = {}): Promise<Receivers> {
  const requests: ExportRequest[] = []
  const ended: Array<{ transport: string; outcome: RequestOutcome }> = []
  const logged: object[] = []
  const handler = setup.handler ?? (async () => ({ rejected: 0, message: '' }))
  const intake = new Intake({
    handler: (request) => {
      requests.push(request)
      return handler(request)
    },
    authenticate: setup.authenticate ?? (() => CALLER),
    limits: {
      requestBytesMax: 1024 * 1024,
      inFlightBytesMax: 64 * 1024 * 1024,
      inFlightRequestsMax: 100,
      bodyTimeoutMs: 20_000,
      ...setup.limits,
    },
    tenantHeader: 'X-Scope-OrgID',
    observer: {
      received: () => {},
      ended: (transport, _signal, outcome) => ended.push({ transport, outcome }),
    },
    log: { error: (fields) => logged.push(fields) },
    tracing: setup.tracing,
    random: () => 0.5,
    nowMs: () => performance.now(),
    ...(setup.pressure ? { pressure: setup.pressure } : {}),
  })
  const listen = {
    host: '127.0.0.1',
    port: 0,
    ...(setup.tls ? { tls: setup.tls } : {}),
    ...(setup.connectionsMax ? { connectionsMax: setup.connectionsMax } : {}),
  }
  const grpc = new GrpcReceiver({ intake, listen })
  const http = new HttpReceiver({ intake, listen, ...(setup.cors ? { cors: setup.cors } : {}) })
  const [{ port: grpcPort }, { port: httpPort }] = [await grpc.start(), await http.start()]
  const stop = async () => {
    await Promise.all([grpc.stop(2000), http.stop(2000)])
  }
  return { intake, grpc, http, grpcPort, httpPort, requests, ended, logged, stop }
}

/** A promise and what settles it. */
export function deferred<T>() {
  return Promise.withResolvers<T>()
}
