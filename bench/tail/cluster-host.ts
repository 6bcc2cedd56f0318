/**
 * A cluster as a process of its own, `cluster-host.ts <directory>`: API server and kubelets of the tests, whose pods write lines when they are
 * told to. Tells its parent when it is there and when a load is written.
 */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { rfc3339 } from '../../test/tail/support/cri-log.ts'
import { FakeCluster } from '../../test/tail/support/fake-cluster.ts'
import type { FakePod } from '../../test/tail/support/fake-pod.ts'

export type HostLoad = {
  /** The first so many. */
  readonly pods: number
  readonly linesPerSecond: number
  readonly seconds: number
  /** Lines that a container writes at once. */
  readonly burst: number
  /** Characters that every line is longer. */
  readonly padding: number
}

const POD_COUNT = 200
/** A node takes so many follows. */
const PODS_PER_NODE = 50
const ERROR_EVERY = 100

const nowMs = (): number => performance.timeOrigin + performance.now()

/** `at` is when the line was written, so that whoever reads it knows how long it took. */
function lineOf(line: number, padding: string): string {
  const level = line % ERROR_EVERY === 0 ? 'error' : 'info'
  return `{"at":${nowMs().toFixed(2)},"line":${line},"level":"${level}","msg":"GET /api/orders/${(line * 7919) % 1e6} answered","status":200,"ms":${line % 97}${padding}}`
}

let clockNs = 0n
function stamp(): string {
  const ns = BigInt(Math.floor(nowMs() * 1000)) * 1000n
  clockNs = ns > clockNs ? ns : clockNs + 1n
  return rfc3339(clockNs)
}

function write(pod: FakePod, first: number, lines: number, padding: string): void {
  const { log } = pod.container()
  let text = ''
  for (let i = 0; i < lines; i++) text += `${stamp()} stdout F ${lineOf(first + i, padding)}\n`
  appendFileSync(log.path, text)
  log.changed()
}

/** Pods take turns at equal distances. */
async function run(pods: ReadonlyArray<FakePod>, load: HostLoad): Promise<number> {
  const perSecond = load.linesPerSecond / load.burst
  const turns = perSecond * load.seconds
  const padding = load.padding === 0 ? '' : `,"padding":"${'x'.repeat(load.padding)}"`
  const began = performance.now()
  for (let turn = 0; turn < turns; ) {
    const due = Math.min(turns, ((performance.now() - began) / 1000) * perSecond)
    for (; turn < due; turn++) write(pods[turn % load.pods]!, turn * load.burst, load.burst, padding)
    await delay(1)
  }
  return turns * load.burst
}

const cluster = await FakeCluster.start()
cluster.clock.pass(Math.floor(Date.now() / 1000) - cluster.clock.seconds)
const pods = Array.from({ length: POD_COUNT }, (_, i) =>
  cluster.runPod({ namespace: 'shop', name: `shop-${i}`, node: `node-${Math.floor(i / PODS_PER_NODE)}` }),
)
const kubeconfig = join(process.argv[2] ?? '.', 'kubeconfig')
writeFileSync(kubeconfig, cluster.kubeconfig())
process.on('message', (asked: HostLoad | 'end') => {
  if (asked !== 'end') void run(pods, asked).then((written) => process.send!(written))
  else void cluster.stop().then(() => process.disconnect())
})
process.send!(kubeconfig)
