import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { GatewayRun } from '../load/gateway-process.ts'
import { quantile } from '../schema/clickhouse.ts'
import { startCost } from './cost.ts'
import { send } from './sender.ts'
import { startViewers, tailUrl } from './viewer-process.ts'

export type Size = { readonly seconds: number; readonly viewers: number }

const QUERIES = 100

/** 1,000 lines/s over OTLP, one viewer of all of them: how long after they were sent and acknowledged they come. */
async function latency(gateway: GatewayRun, { seconds }: Size) {
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
  const sent = await send(gateway.grpc, { linesPerSecond: 1000, seconds, apps: QUERIES }, (each) => {
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

async function fanOut(gateway: GatewayRun, { seconds, viewers: count }: Size) {
  const viewers = await startViewers(gateway, {
    viewers: count,
    queries: QUERIES,
    query: '{service_name="shop-#"}',
  })
  const cost = startCost(gateway.pid)
  const load = { linesPerSecond: 10 * QUERIES, seconds, apps: QUERIES }
  const sent = await send(gateway.grpc, load, () => {})
  cost.loaded()
  await viewers.quiet()
  const { cores, rssMiB, seconds: took } = cost.stop()
  const { lines, dropped } = await viewers.count()
  await viewers.end()
  return {
    viewers: count,
    queries: QUERIES,
    linesPerSecond: Math.round(lines / took),
    lost: (sent / QUERIES) * count - lines,
    dropped,
    gatewayCores: cores,
    gatewayRssMiB: rssMiB,
  }
}

/** Tails of what a gateway receives. */
export async function received(gateway: GatewayRun, size: Size) {
  const alone = await latency(gateway, size)
  console.log(
    `received, latency: 1,000 lines/s, one viewer: acknowledged -> client ${shown(alone.acknowledged)}; sent -> client ${shown(alone.sent)}; ${alone.missing} of ${alone.lines} missing`,
  )
  const many = await fanOut(gateway, size)
  console.log(
    `received, fan-out: ${many.viewers} viewers of ${many.queries} queries, ${many.linesPerSecond} lines/s delivered: gateway ${many.gatewayCores} cores (ingest in it), RSS ${many.gatewayRssMiB} MiB; lost ${many.lost}, dropped ${many.dropped}`,
  )
  return { latency: alone, fanOut: many }
}
