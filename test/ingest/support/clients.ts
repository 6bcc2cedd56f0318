import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { decodeMessage } from '../../otlp/proto.ts'

export const EXPORT_LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'

/** A receiver's answer, whatever the transport, read by protobufjs. */
export type Told = {
  /** The gRPC status, or the HTTP status. */
  readonly status: number
  readonly message: string
  /** Of google.rpc.RetryInfo. */
  readonly retryDelayMs: number | undefined
  /** HTTP only. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

/** `{code, message, retryDelayMs}` of an encoded google.rpc.Status. */
export function readStatus(bytes: Uint8Array) {
  const status = decodeMessage('Status', bytes) as {
    code: number
    message: string
    details?: Array<{ typeUrl: string; value: Buffer }>
  }
  const info = status.details?.find(({ typeUrl }) => typeUrl.endsWith('/google.rpc.RetryInfo'))
  if (info === undefined) return { ...status, retryDelayMs: undefined }
  const { retryDelay } = decodeMessage('RetryInfo', info.value) as {
    retryDelay: { seconds?: bigint; nanos?: number }
  }
  return {
    ...status,
    retryDelayMs: Number(retryDelay.seconds ?? 0n) * 1000 + (retryDelay.nanos ?? 0) / 1e6,
  }
}

/** One length-prefixed message. */
export function frame(message: Uint8Array, isCompressed = false, length = message.length): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = isCompressed ? 1 : 0
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}

export type GrpcCall = {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Written as they are. */
  readonly bytes: Uint8Array
  /** False: the sender never says that it is done. */
  readonly end?: boolean
}

/** A gRPC client that is nothing but HTTP/2, so that it can send what no gRPC library would. */
export class RawGrpc {
  readonly session: ClientHttp2Session

  constructor(port: number) {
    // Node's client drops streams once it holds 10 MB that are still to be sent; some tests queue more.
    this.session = connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 1000 })
    this.session.on('error', () => {})
  }

  open({ path = EXPORT_LOGS, headers = {} }: Omit<GrpcCall, 'bytes'> = {}): ClientHttp2Stream {
    return this.session.request(
      { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers },
      { endStream: false },
    )
  }

  async call(call: GrpcCall): Promise<Told> {
    const stream = this.open(call)
    const told = this.answer(stream)
    if (call.end === false) stream.write(call.bytes)
    else stream.end(call.bytes)
    return told
  }

  /** Reads the answer to the end of the stream. */
  async answer(stream: ClientHttp2Stream): Promise<Told> {
    const trailers: Record<string, unknown> = {}
    const chunks: Buffer[] = []
    stream.on('response', (headers) => Object.assign(trailers, headers))
    stream.on('trailers', (headers) => Object.assign(trailers, headers))
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', () => {})
    await new Promise<void>((resolve) => stream.on('close', () => resolve()))
    const details = trailers['grpc-status-details-bin']
    const status = typeof details === 'string' ? readStatus(Buffer.from(details, 'base64')) : undefined
    const message = decodeURI(String(trailers['grpc-message'] ?? ''))
    if (
      status !== undefined &&
      (status.message !== message || status.code !== Number(trailers['grpc-status']))
    )
      throw new Error(`status and details disagree: ${message} / ${status.message}`)
    return {
      status: Number(trailers['grpc-status']),
      message,
      retryDelayMs: status?.retryDelayMs,
      headers: trailers,
      body: Buffer.concat(chunks).subarray(5),
    }
  }

  close(): void {
    this.session.destroy()
  }
}

export type Body = RequestInit['body']

export const PROTOBUF = 'application/x-protobuf'

/** Posts over fetch; a protobuf error body is read as google.rpc.Status, a JSON one by its `message`. */
export async function post(
  port: number,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
  path = '/v1/logs',
  method = 'POST',
): Promise<Told> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'content-type': PROTOBUF, ...headers },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  } as RequestInit)
  const bytes = Buffer.from(await response.arrayBuffer())
  const isProtobuf = response.headers.get('content-type') === PROTOBUF
  const status = response.ok
    ? undefined
    : isProtobuf
      ? readStatus(bytes)
      : { ...(JSON.parse(bytes.toString()) as { message: string }), retryDelayMs: undefined }
  return {
    status: response.status,
    message: status?.message ?? '',
    retryDelayMs: status?.retryDelayMs,
    headers: Object.fromEntries(response.headers),
    body: bytes,
  }
}
