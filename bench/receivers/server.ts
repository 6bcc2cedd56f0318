/** The measured process: Weir's receivers, or a bare grpc-js server to compare with. Both do nothing with a request. */
import { performance } from 'node:perf_hooks'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { GrpcReceiver } from '../../src/ingest/grpc.ts'
import { HttpReceiver } from '../../src/ingest/http.ts'
import { Intake } from '../../src/ingest/intake.ts'
import { serviceOf } from '../../src/ingest/services.ts'
import { ANONYMOUS } from '../../src/tenancy/caller.ts'

const REQUEST_BYTES_MAX = 16 * 1024 * 1024
let requests = 0

async function startWeir() {
  const intake = new Intake({
    handler: async () => {
      requests++
      return { rejected: 0, message: '' }
    },
    authenticate: () => ANONYMOUS,
    limits: {
      requestBytesMax: REQUEST_BYTES_MAX,
      inFlightBytesMax: 8 * REQUEST_BYTES_MAX,
      inFlightRequestsMax: 2000,
      bodyTimeoutMs: 30_000,
    },
    tenantHeader: 'X-Scope-OrgID',
    observer: { received: () => {}, ended: () => {} },
    log: console,
    random: Math.random,
    nowMs: () => performance.now(),
  })
  const listen = { host: '127.0.0.1', port: 0 }
  const grpc = await new GrpcReceiver({ intake, listen }).start()
  const http = await new HttpReceiver({ intake, listen }).start()
  return { grpc: grpc.port, http: http.port }
}

function startBare(): Promise<{ grpc: number }> {
  const server = new Server({ 'grpc.max_receive_message_length': REQUEST_BYTES_MAX })
  const same = (bytes: Buffer) => bytes
  const definition = {
    path: serviceOf('logs').grpcPath,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  } as const
  server.addService(
    { export: definition },
    {
      export: (_call: unknown, callback: (error: null, value: Buffer) => void) => {
        requests++
        callback(null, Buffer.alloc(0))
      },
    },
  )
  return new Promise((resolve) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, port) =>
      resolve({ grpc: port }),
    ),
  )
}

const ports = process.argv[2] === 'bare' ? await startBare() : await startWeir()
process.send!({ ports })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send!({ requests, cpuMicros: user + system, rssBytes: process.memoryUsage.rss() })
})
