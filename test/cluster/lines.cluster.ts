import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import { kubeconfigTarget } from '../../src/tail/kubernetes/client/kubeconfig.ts'
import type { PodLogOptions } from '../../src/tail/kubernetes/client/pod-log.ts'
import { useTailed } from '../tail/behaviours/rig.ts'
import { rfc3339 } from '../tail/support/cri-log.ts'
import type { FakePod } from '../tail/support/fake-pod.ts'
import { kubeconfigOf } from '../tail/support/kubeconfig.ts'
import { ManualTimers } from '../tail/support/manual-timers.ts'
import type { Recorder } from '../tail/support/recorder.ts'
import { ControlPlane } from './support/control-plane.ts'
import { Kubectl } from './support/kubectl.ts'
import { RealCluster } from './support/real-cluster.ts'

/** Scenario: `kubectl logs` and Weir read the same log through the same API server. Guarantees: they see the same lines. */

let plane: ControlPlane
let folder: string
let kubeconfig: string

beforeAll(async () => {
  plane = await ControlPlane.start()
  folder = await mkdtemp(join(tmpdir(), 'weir-kubectl-'))
  kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, kubeconfigOf(plane.url, plane.authority.ca, { token: plane.token }))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await plane.stop()
})

const { start, runPod } = useTailed(() => RealCluster.start(plane))

/** Every kind of line that a container can write, over three seconds of its clock. */
function writeAll(pod: FakePod, pass: (seconds: number) => void): void {
  const { log } = pod.container()
  log.append('plain')
  log.append('')
  log.append('  spaces around \t')
  log.append('äöü €, 日本, 🎈')
  log.append('{"level":"info","msg":"json"}', { stream: 'stderr' })
  pass(1)
  log.append('carriage\rreturn\r')
  log.append('2026-03-01T10:00:00.000000000Z a stamp of its own')
  log.append('\u001b[31mred\u001b[0m and \u0000 and \u0007')
  pass(1)
  log.append('x'.repeat(16_384))
  log.append(`${'long '.repeat(10_000)}end`)
  log.append('last')
}

/** As kubectl prints with --timestamps. */
function printed(seen: Recorder): string {
  return seen.journal.all
    .flatMap((entry) => (entry.kind === 'line' ? [`${rfc3339(entry.ns)} ${entry.text}\n`] : []))
    .join('')
}

describe('a line is what kubectl shows', () => {
  it('in a follow, over a rotation, to the end of the container', async () => {
    const on = await start()
    const pod = await runPod(on)
    const { log } = pod.container()
    log.append('first')
    const followed = on.cluster.kubelet.nextLog()
    const kubectl = await Kubectl.run(kubeconfig, 'logs', '-n', 'shop', 'web-0', '-f', '--timestamps')
    await followed
    const { handle, seen } = on.follow(pod)
    await seen.line(1)
    writeAll(pod, (seconds) => on.cluster.clock.pass(seconds))
    log.rotate()
    writeAll(pod, (seconds) => on.cluster.clock.pass(seconds))
    await seen.line(23)
    await on.cluster.finishPod(pod)
    await handle.done
    expect(printed(seen)).toBe(String(await kubectl.output))
    expect(seen.texts).toEqual(log.written.map(({ text }) => text))
  })

  const since = '2026-03-01T10:00:01Z'
  const sinceSeconds = Date.parse(since) / 1000
  const cases: ReadonlyArray<{ args: string[]; options: Partial<PodLogOptions> }> = [
    { args: [], options: {} },
    { args: ['--tail=3'], options: { tailLines: 3 } },
    { args: ['--tail=0'], options: { tailLines: 0 } },
    { args: [`--since-time=${since}`], options: { sinceSeconds } },
    { args: [`--since-time=${since}`, '--tail=2'], options: { sinceSeconds, tailLines: 2 } },
    { args: ['--limit-bytes=100'], options: { limitBytes: 100 } },
    { args: ['--previous'], options: { previous: true } },
  ]
  it.each(cases)('and so are the bytes of a read with $args', async ({ args, options }) => {
    const on = await start()
    const pod = await runPod(on)
    pod.container().log.append('of the instance before')
    await on.cluster.restart(pod)
    writeAll(pod, (seconds) => on.cluster.clock.pass(seconds))
    const kubectl = await Kubectl.run(kubeconfig, 'logs', '-n', 'shop', 'web-0', '--timestamps', ...args)
    const target = await kubeconfigTarget('test', { files: [kubeconfig], timers: on.timers })
    const client = createKubernetesClient(target, { timers: new ManualTimers() })
    const log = { namespace: 'shop', pod: 'web-0', container: 'app', signal: AbortSignal.timeout(30_000) }
    const read = Buffer.concat(await Array.fromAsync(client.readLog({ ...log, ...options })))
    await client.close()
    expect(read.equals(await kubectl.output)).toBe(true)
  })
})
