import { constants, createGzip, createZstdCompress } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Body, frame, post, RawGrpc } from './support/clients.ts'
import { type Receivers, startReceivers } from './support/receivers.ts'

/**
 * Guarantees: a few KiB that inflate to a GiB are refused for good, by both transports, alone and by the dozen,
 * and memory never sees more than a few times the limit.
 */

const MiB = 1024 * 1024
const LIMIT = 4 * MiB

let receivers: Receivers
let grpc: RawGrpc
let gzipBomb: Buffer
let zstdBomb: Buffer

async function zeros(compress: ReturnType<typeof createGzip | typeof createZstdCompress>): Promise<Buffer> {
  const chunks: Buffer[] = []
  compress.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise<void>((resolve) => compress.on('end', () => resolve()))
  const block = Buffer.alloc(4 * MiB)
  for (let i = 0; i < 256; i++) await new Promise<void>((resolve) => compress.write(block, () => resolve()))
  compress.end()
  await ended
  return Buffer.concat(chunks)
}

beforeAll(async () => {
  receivers = await startReceivers({ limits: { requestBytesMax: LIMIT } })
  grpc = new RawGrpc(receivers.grpcPort)
  gzipBomb = await zeros(createGzip({ level: 9 }))
  zstdBomb = await zeros(createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 20 } }))
})

afterAll(async () => {
  grpc.close()
  await receivers.stop()
})

/** Peak of resident memory above its start while `work` runs. */
async function rssGrowth(work: () => Promise<unknown>): Promise<number> {
  const start = process.memoryUsage.rss()
  let peak = start
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 2)
  await work()
  clearInterval(timer)
  return Math.max(peak, process.memoryUsage.rss()) - start
}

const sentence = expect.stringMatching(
  /decompressed request is larger than 4194304 bytes \(ingest\.requestBytesMax\)/,
)
const refusedByGrpc = { status: 8, retryDelayMs: undefined, message: sentence }
const refusedByHttp = { status: 413, retryDelayMs: undefined, message: sentence }
const senders = [
  [
    'gzip over gRPC',
    refusedByGrpc,
    () => grpc.call({ bytes: frame(gzipBomb, true), headers: { 'grpc-encoding': 'gzip' } }),
  ],
  [
    'gzip over HTTP',
    refusedByHttp,
    () => post(receivers.httpPort, gzipBomb as Body, { 'content-encoding': 'gzip' }),
  ],
  [
    'zstd over HTTP',
    refusedByHttp,
    () => post(receivers.httpPort, zstdBomb as Body, { 'content-encoding': 'zstd' }),
  ],
] as const

it.each(senders)('%s: 30 at a time', async (_name, refused, send) => {
  expect(zstdBomb.length).toBeLessThan(200 * 1024)
  expect(gzipBomb.length).toBeLessThan(MiB + 100 * 1024)
  await send()
  const growth = await rssGrowth(async () => {
    const told = await Promise.all(Array.from({ length: 30 }, send))
    for (const one of told) expect(one).toMatchObject(refused)
  })
  // The compressed bytes of 30 senders live in this process too, twice; unbounded it would be 30 GiB.
  expect(growth).toBeLessThan(160 * MiB)
  expect(receivers.requests.length).toBe(0)
  expect(receivers.intake.admission.bytesInFlight).toBe(0)
})
