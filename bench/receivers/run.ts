/**
 * What receiving costs, with a handler that does nothing: `node bench/receivers/run.ts [seconds per case]`.
 * Load generator and receivers share the machine; the CPU is that of the receiving process alone.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:http2'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { serviceOf } from '../../src/ingest/services.ts'
import { encodeLogsRequest, stringAttributes } from '../../test/otlp/proto.ts'

const SECONDS = Number(process.argv[2] ?? 4)
const CONCURRENCY = 16

/** A typical request: 8 resource and 6 log attributes, about 346 bytes a record. */
function body(records: number): Buffer {
  const names = ['service.name', 'service.version', 'k8s.namespace.name', 'k8s.pod.name', 'k8s.node.name']
  const resource = stringAttributes(
    Object.fromEntries([...names, 'host.name', 'cloud.region', 'os.type'].map((name) => [name, `${name}-1`])),
  )
  const logRecords = Array.from({ length: records }, (_, i) => ({
    timeUnixNano: 1_700_000_000_000_000_000n + BigInt(i),
    observedTimeUnixNano: 1_700_000_000_000_500_000n + BigInt(i),
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: `GET /api/orders/${i * 7919} answered 200 in ${i % 97} ms for user ${i * 104_729}` },
    attributes: stringAttributes({
      'http.request.method': 'GET',
      'http.route': '/api/orders/{id}',
      'http.response.status_code': '200',
      'user.id': `u-${i * 104_729}`,
      'client.address': `10.0.${i % 256}.${(i * 7) % 256}`,
      'thread.name': `worker-${i % 16}`,
    }),
    traceId: Buffer.alloc(16, i),
    spanId: Buffer.alloc(8, i),
  }))
  return encodeLogsRequest({
    resourceLogs: [{ resource: { attributes: resource }, scopeLogs: [{ logRecords }] }],
  })
}

type Sender = (bytes: Buffer, encoding: string) => Promise<void>

function grpcSender(port: number): Sender {
  const sessions = [0, 1].map(() => connect(`http://127.0.0.1:${port}`))
  let turn = 0
  return async (bytes, encoding) => {
    const stream = sessions[turn++ % sessions.length]!.request({
      ':method': 'POST',
      ':path': serviceOf('logs').grpcPath,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(encoding === 'identity' ? {} : { 'grpc-encoding': encoding }),
    })
    let status: unknown
    stream.on('trailers', (trailers) => {
      status = trailers['grpc-status']
    })
    stream.resume()
    const prefix = Buffer.alloc(5)
    prefix[0] = encoding === 'identity' ? 0 : 1
    prefix.writeUInt32BE(bytes.length, 1)
    stream.write(prefix)
    stream.end(bytes)
    await once(stream, 'close')
    if (status !== '0') throw new Error(`grpc-status ${status}`)
  }
}

function httpSender(port: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })
  const path = serviceOf('logs').httpPath
  return async (bytes, encoding) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-length': bytes.length,
      ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
    }
    const outgoing = request({ agent, port, host: '127.0.0.1', path, method: 'POST', headers })
    outgoing.end(bytes)
    const [response] = await once(outgoing, 'response')
    response.resume()
    await once(response, 'end')
    if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`)
  }
}

type Usage = { requests: number; cpuMicros: number; rssBytes: number }

async function usage(child: ChildProcess): Promise<Usage> {
  child.send('usage')
  return (await once(child, 'message'))[0]
}

async function load(send: Sender, bytes: Buffer, encoding: string, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000
  const worker = async () => {
    while (performance.now() < end) await send(bytes, encoding)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
}

const compress: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
}

async function measure(kind: 'bare' | 'weir', transport: 'grpc' | 'http', encoding: string, records: number) {
  const child = fork(new URL('./server.ts', import.meta.url), [kind])
  const [{ ports }] = await once(child, 'message')
  const send = (transport === 'grpc' ? grpcSender : httpSender)(ports[transport])
  const plain = body(records)
  const bytes = compress[encoding]!(plain)
  await load(send, bytes, encoding, 1)
  const before = await usage(child)
  const startedMs = performance.now()
  await load(send, bytes, encoding, SECONDS)
  const seconds = (performance.now() - startedMs) / 1000
  const after = await usage(child)
  child.kill()
  const requests = after.requests - before.requests
  return {
    receiver: kind === 'bare' ? `bare grpc-js` : `Weir ${transport}`,
    encoding,
    records,
    bytes: plain.length,
    'requests/s': Math.round(requests / seconds),
    'CPU µs/request': Math.round((after.cpuMicros - before.cpuMicros) / requests),
    'RSS MB': Math.round(after.rssBytes / 1e6),
  }
}

const rows = []
for (const records of [10, 1000])
  for (const [kind, transport, encoding] of [
    ['bare', 'grpc', 'identity'],
    ['weir', 'grpc', 'identity'],
    ['bare', 'grpc', 'gzip'],
    ['weir', 'grpc', 'gzip'],
    ['weir', 'http', 'identity'],
    ['weir', 'http', 'gzip'],
    ['weir', 'http', 'zstd'],
  ] as const)
    rows.push(await measure(kind, transport, encoding, records))
console.table(rows)
process.exit(0)
