/**
 * The live tail of a whole gateway, `node bench/tail/run.ts [--seconds 10] [--viewers 1000] [--no-save]`:
 *
 * 1. latency: 1,000 lines/s, one viewer of all of them; from the acknowledgement that the sender gets to the client, line by
 *    line (a line may come before it: the two travel different ways).
 * 2. fan-out: viewers of 100 queries, 10 lines/s each; the gateway's CPU and memory, and what got lost.
 *
 * Gateway, engine, sender and viewers share the machine.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { type GatewayRun, startGateway } from '../load/gateway-process.ts'
import { watchMemory } from '../load/processes.ts'
import { quantile } from '../schema/clickhouse.ts'
import { calibrate } from '../support/calibration.ts'
import { appendResult, describeOrigin, origin } from '../support/results.ts'
import { startFlags } from '../support/start-flags.ts'
import { send } from './sender.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    viewers: { type: 'string', default: '1000' },
    'no-save': { type: 'boolean', default: false },
  },
})
const SECONDS = Number(values.seconds)
const VIEWERS = Number(values.viewers)
const QUERIES = 100
const TICK_MS = 10

/** User and system time of a process, in milliseconds. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

const tailUrl = ({ api }: GatewayRun): string => `ws://${api}/api/v1/tail`

async function latency(gateway: GatewayRun) {
  const socket = new WebSocket(`${tailUrl(gateway)}?query=${encodeURIComponent('{namespace="prod"}')}`)
  const arrivedMs: number[] = []
  socket.on('message', (data) => {
    const now = performance.now()
    const frame = JSON.parse(String(data)) as { type: string; lines: Array<{ body: string }> }
    if (frame.type !== 'lines') return
    for (const { body } of frame.lines) arrivedMs[Number(/^line=(\d+)/.exec(body)![1])] = now
  })
  await once(socket, 'message')
  const sentMs: number[] = []
  const acknowledgedMs: number[] = []
  const load = { linesPerSecond: 1000, seconds: SECONDS, apps: QUERIES }
  const sent = await send(gateway.grpc, load, (each) => {
    for (let i = each.first; i < each.first + each.lines; i++) {
      sentMs[i] = each.sentMs
      acknowledgedMs[i] = each.acknowledgedMs
    }
  })
  await delay(1000)
  socket.terminate()
  return {
    lines: sent,
    missing: sent - Object.keys(arrivedMs).length,
    acknowledged: spread(arrivedMs, acknowledgedMs),
    sent: spread(arrivedMs, sentMs),
  }
}

type Spread = { readonly p50Ms: number; readonly p99Ms: number }

/** From one to the other, of the lines that arrived. */
function spread(arrivedMs: ReadonlyArray<number>, fromMs: ReadonlyArray<number>): Spread {
  const took = Object.keys(arrivedMs).map((i) => arrivedMs[Number(i)]! - fromMs[Number(i)]!)
  const rounded = (share: number): number => Math.round(quantile(took, share) * 100) / 100
  return { p50Ms: rounded(0.5), p99Ms: rounded(0.99) }
}

const shown = ({ p50Ms, p99Ms }: Spread): string => `p50 ${p50Ms} ms, p99 ${p99Ms} ms`

type Count = { readonly lines: number; readonly dropped: number }

async function countOf(viewers: ChildProcess): Promise<Count> {
  viewers.send('count')
  return ((await once(viewers, 'message')) as [Count])[0]
}

async function fanOut(gateway: GatewayRun) {
  const script = fileURLToPath(new URL('./viewers.ts', import.meta.url))
  const viewers = fork(script, [tailUrl(gateway), String(VIEWERS), String(QUERIES)])
  await once(viewers, 'message')
  await delay(1000)
  const memory = watchMemory([gateway.pid])
  const cpuBefore = cpuMs(gateway.pid)
  const began = performance.now()
  const sent = await send(
    gateway.grpc,
    { linesPerSecond: 10 * QUERIES, seconds: SECONDS, apps: QUERIES },
    () => {},
  )
  const seconds = (performance.now() - began) / 1000
  const cores = (cpuMs(gateway.pid) - cpuBefore) / 1000 / seconds
  await delay(1000)
  const { lines, dropped } = await countOf(viewers)
  const [rss] = memory.stop()
  viewers.send('end')
  await once(viewers, 'exit')
  const expected = (sent / QUERIES) * VIEWERS
  return {
    viewers: VIEWERS,
    queries: QUERIES,
    linesPerSecond: Math.round(lines / seconds),
    lost: expected - lines,
    dropped,
    gatewayCores: Math.round(cores * 100) / 100,
    gatewayRssMiB: Math.round(rss! / 2 ** 20),
  }
}

const measured = origin(calibrate())
const directory = mkdtempSync(join(tmpdir(), 'weir-bench-tail-'))
try {
  const tail = { viewersMax: VIEWERS + 10, viewersPerTenant: VIEWERS + 10 }
  const gateway = await startGateway({
    directory,
    textIndex: true,
    nodeFlags: startFlags(),
    sections: { tail },
  })
  try {
    const alone = await latency(gateway)
    console.log(
      `latency: 1,000 lines/s, one viewer: acknowledged -> client ${shown(alone.acknowledged)}; sent -> client ${shown(alone.sent)}; ${alone.missing} of ${alone.lines} missing`,
    )
    const many = await fanOut(gateway)
    console.log(
      `fan-out: ${many.viewers} viewers of ${many.queries} queries, ${many.linesPerSecond} lines/s delivered: gateway ${many.gatewayCores} cores (ingest in it), RSS ${many.gatewayRssMiB} MiB; lost ${many.lost}, dropped ${many.dropped}`,
    )
    console.log(describeOrigin(measured))
    if (!values['no-save'])
      appendResult('tail', { ...measured, seconds: SECONDS, latency: alone, fanOut: many })
  } finally {
    await gateway.stop()
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}
