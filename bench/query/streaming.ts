import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startGateway } from '../load/gateway-process.ts'
import { rssBytes } from '../load/processes.ts'
import { startFlags } from '../support/start-flags.ts'

/** A gateway that sends a million lines of one answer must not hold them: its memory while they pass. */
export type Streaming = {
  readonly lines: number
  /** So many were asked for: with fewer, the answer was cut short. */
  readonly asked: number
  readonly bytes: number
  readonly seconds: number
  readonly rssBeforeMiB: number
  /** The highest of each tenth of the answer's bytes. */
  readonly rssMiB: ReadonlyArray<number>
}

const SAMPLE_MS = 50
const TENTHS = 10
/** More than the data spans. */
const RANGE_MS = 30 * 3_600_000
const MIB = 1024 ** 2
/** One answer of a million lines is more than a query may take by default. */
const LIMITS = { limitMax: 1_000_000, timeoutMs: 3_600_000, resultBytesMax: '4GiB' }

/** Of the gateway that {@link streamLines} starts there. */
export function engineDirectory(directory: string): string {
  const engine = join(directory, 'data', 'clickhouse')
  mkdirSync(engine, { recursive: true, mode: 0o700 })
  return engine
}

/** Starts a gateway on the data that was filled in, and reads the newest lines of a tenant as NDJSON. */
export async function streamLines(directory: string, tenantId: string, lines: number): Promise<Streaming> {
  const sections = { tenancy: { mode: 'multi' }, query: LIMITS }
  const gateway = await startGateway({ directory, textIndex: true, nodeFlags: startFlags(), sections })
  try {
    // A first answer, so that what is loaded once is not taken for what the lines need.
    await read(gateway.api, tenantId, 10_000, () => undefined)
    const rssBeforeMiB = Math.round(rssBytes(gateway.pid) / MIB)
    const samples: { readonly at: number; readonly rss: number }[] = []
    let bytes = 0
    const timer = setInterval(() => samples.push({ at: bytes, rss: rssBytes(gateway.pid) }), SAMPLE_MS)
    const began = performance.now()
    const given = await read(gateway.api, tenantId, lines, (size) => {
      bytes += size
    })
    clearInterval(timer)
    const seconds = (performance.now() - began) / 1000
    const rssMiB = Array.from({ length: TENTHS }, (_, i) => {
      const within = samples.filter(({ at }) => Math.floor((at * TENTHS) / (bytes + 1)) === i)
      return Math.round(Math.max(0, ...within.map(({ rss }) => rss)) / MIB)
    })
    return { lines: given, asked: lines, bytes, seconds, rssBeforeMiB, rssMiB }
  } finally {
    await gateway.stop()
  }
}

async function read(
  api: string,
  tenantId: string,
  limit: number,
  onBytes: (size: number) => void,
): Promise<number> {
  const start = new Date(Date.now() - RANGE_MS).toISOString()
  const answer = await fetch(`http://${api}/api/v1/logs?start=${start}&limit=${limit}`, {
    headers: { 'X-Scope-OrgID': tenantId, Accept: 'application/x-ndjson' },
  })
  if (!answer.ok || answer.body === null) throw new Error(`${answer.status}: ${await answer.text()}`)
  let lines = 0
  for await (const chunk of answer.body) {
    onBytes(chunk.length)
    for (const byte of chunk) if (byte === 0x0a) lines++
  }
  // The last line is no record: it says where the next page begins.
  return lines - 1
}

export function printStreaming({ lines, asked, bytes, seconds, rssBeforeMiB, rssMiB }: Streaming): void {
  console.log(
    `\n${lines} of ${asked} lines, ${Math.round(bytes / MIB)} MiB in one answer: ${Math.round(lines / seconds)} lines/s; gateway's RSS ${rssBeforeMiB} MiB before, then by tenths ${rssMiB.join(', ')}`,
  )
}
