import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { GatewayRun } from '../load/gateway-process.ts'
import type { HostLoad } from './cluster-host.ts'
import { type Cost, startCost } from './cost.ts'
import type { Size } from './received.ts'
import { ready, startViewers, type Viewers } from './viewer-process.ts'
import type { ViewerCount } from './viewers.ts'

/** API server and kubelets, in a process of their own: what they take is not the gateway's. */
export type Host = {
  readonly kubeconfig: string
  /** Resolves when so many lines are written. */
  write(load: HostLoad): Promise<number>
  stop(): Promise<void>
}

export async function startHost(directory: string): Promise<Host> {
  const script = fileURLToPath(new URL('./cluster-host.ts', import.meta.url))
  const child: ChildProcess = fork(script, [directory])
  const kubeconfig = (await ready(child)) as string
  return {
    kubeconfig,
    async write(load) {
      child.send(load)
      return ((await once(child, 'message')) as [number])[0]
    },
    async stop() {
      const gone = once(child, 'exit')
      child.send('end')
      await gone
    },
  }
}

const WARM_UP_SECONDS = 4
/** Of 100 lines, one. */
const ERROR_EVERY = 100
const STOPPED = 20
const READERS = 5

type Measured = ViewerCount & Cost & { readonly written: number }

async function measure(gateway: GatewayRun, host: Host, viewers: Viewers, load: HostLoad): Promise<Measured> {
  // Every container is opened and read to its end first: how quickly is another question, and the API server's to answer.
  await host.write({ ...load, seconds: WARM_UP_SECONDS })
  await viewers.quiet()
  await viewers.count()
  const cost = startCost(gateway.pid)
  const written = await host.write(load)
  cost.loaded()
  await viewers.quiet()
  const taken = cost.stop()
  return { ...(await viewers.count()), ...taken, written }
}

const times = ({ p50Ms, p99Ms }: ViewerCount): string => `written -> client p50 ${p50Ms} ms, p99 ${p99Ms} ms`
const costs = ({ cores, rssMiB }: Cost): string => `gateway ${cores} of a core, RSS ${rssMiB} MiB`

async function latency(gateway: GatewayRun, host: Host, { seconds }: Size) {
  const viewers = await startViewers(gateway, { viewers: 1, queries: 1, query: '{namespace="shop"}' })
  const load = { pods: 100, linesPerSecond: 1000, seconds, burst: 1, padding: 0 }
  const found = await measure(gateway, host, viewers, load)
  await viewers.end()
  const lost = found.written - found.lines
  console.log(
    `cluster, latency: 1,000 lines/s of 100 pods, one viewer: ${times(found)} (asked: p99 150); ${costs(found)}; lost ${lost}, dropped ${found.dropped}`,
  )
  return { ...found, lost, askedP99Ms: 150 }
}

async function fanOut(gateway: GatewayRun, host: Host, { seconds, viewers: count }: Size) {
  const pods = 100
  const viewers = await startViewers(gateway, { viewers: count, queries: pods, query: '{pod="shop-#"}' })
  const found = await measure(gateway, host, viewers, {
    pods,
    linesPerSecond: 10 * pods,
    seconds,
    burst: 1,
    padding: 0,
  })
  await viewers.end()
  const lost = (found.written / pods) * count - found.lines
  console.log(
    `cluster, fan-out: ${count} viewers of ${pods} pods, 10 lines/s each: ${costs(found)} (asked: 1, 512); ${times(found)}; lost ${lost}, dropped ${found.dropped}`,
  )
  return { ...found, viewers: count, lost, askedCores: 1, askedRssMiB: 512 }
}

async function parsed(gateway: GatewayRun, host: Host, { seconds }: Size) {
  const query = '{namespace="shop"} | json | level="error"'
  const viewers = await startViewers(gateway, { viewers: 1, queries: 1, query })
  // A burst: what a container writes within a tenth of a second.
  const load = { pods: 200, linesPerSecond: 20_000, seconds, burst: 10, padding: 0 }
  const found = await measure(gateway, host, viewers, load)
  await viewers.end()
  const lost = found.written / ERROR_EVERY - found.lines
  console.log(
    `cluster, parsed: 200 pods, 100 lines/s each, | json | level="error": ${costs(found)} (asked: 1); ${times(found)}; lost ${lost}, dropped ${found.dropped}`,
  )
  return { ...found, lost, askedCores: 1 }
}

/**
 * Some stop reading, beside others who read the same pods. Long lines, so that queues and sockets are full soon; those who stop
 * have each a query and a pod of their own, so that no two of them hold the same bytes.
 */
async function stopped(gateway: GatewayRun, host: Host, { seconds }: Size) {
  const load = {
    pods: STOPPED,
    linesPerSecond: 50 * STOPPED,
    seconds: 2 * seconds,
    burst: 1,
    padding: 12_000,
  }
  const one = { viewers: STOPPED, queries: STOPPED }
  const readers = await startViewers(gateway, { ...one, viewers: READERS, query: '{pod="shop-#"}' })
  const leaving = await startViewers(gateway, { ...one, query: '{pod="shop-#"} != "nothing"' })
  const lostOf = ({ written, lines }: Measured): number => (written / STOPPED) * READERS - lines
  const droppedLines = async (): Promise<number> =>
    (await gateway.metrics()).get('weir_tail_dropped_lines_total{front="native"}') ?? 0
  const before = await measure(gateway, host, readers, load)
  leaving.pause()
  const droppedBefore = await droppedLines()
  const during = await measure(gateway, host, readers, load)
  const droppedOfThem = (await droppedLines()) - droppedBefore
  await leaving.end()
  await readers.end()
  const eachMiB = Math.round(((during.rssMiB - before.rssMiB) / STOPPED) * 100) / 100
  console.log(
    `cluster, ${STOPPED} viewers stop reading, 600 kB/s each, ${droppedOfThem} of their lines dropped: ${eachMiB} MiB each (asked: 1); ${READERS} others before: ${times(before)}, lost ${lostOf(before)}; during: ${times(during)}, lost ${lostOf(during)}, dropped ${during.dropped}; ${costs(during)}`,
  )
  return {
    stopped: STOPPED,
    readers: READERS,
    droppedOfThem,
    eachMiB,
    askedMiB: 1,
    before,
    during,
    lost: lostOf(during),
  }
}

/** Tails of pods, as their kubelets show them. */
export async function cluster(gateway: GatewayRun, host: Host, size: Size, only: string | undefined) {
  const all = { latency, fanOut, parsed, stopped }
  const results: Record<string, unknown> = {}
  for (const [name, run] of Object.entries(all))
    if (only === undefined || only === name) results[name] = await run(gateway, host, size)
  return results
}
