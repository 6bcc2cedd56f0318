import { describe, expect, it } from 'vitest'
import { KubernetesError, type KubernetesErrorCode } from '../../../src/tail/kubernetes/client/error.ts'
import type { PodLogOptions } from '../../../src/tail/kubernetes/client/pod-log.ts'
import { type AnyTailed, type StartCluster, useTailed } from './rig.ts'

type Refusal = {
  readonly name: string
  readonly ask: Partial<PodLogOptions>
  readonly code: KubernetesErrorCode
}

const REFUSALS: ReadonlyArray<Refusal> = [
  { name: 'a container that waits to start', ask: {}, code: 'waiting' },
  { name: 'an instance before the first', ask: { previous: true }, code: 'no_previous' },
  { name: 'a container that is not in the pod', ask: { container: 'nope' }, code: 'refused' },
  { name: 'a pod that is not there', ask: { pod: 'nope' }, code: 'not_found' },
  { name: 'a namespace that is not there', ask: { namespace: 'nope' }, code: 'not_found' },
]

/** What is answered to who asks for a log that can't be had, or goes silent. */
export function refusals(startCluster: StartCluster): void {
  const { start, runPod } = useTailed(startCluster)

  async function failure(on: AnyTailed, ask: Partial<PodLogOptions>): Promise<KubernetesError> {
    const log = { namespace: 'shop', pod: 'web-0', container: 'app', signal: new AbortController().signal }
    const error: unknown = await Array.fromAsync(on.client.readLog({ ...log, ...ask })).catch(
      (reason: unknown) => reason,
    )
    if (error instanceof KubernetesError) return error
    throw new Error(`no KubernetesError: ${error}`)
  }

  describe('a log is refused', () => {
    it.each(REFUSALS)('of $name', async ({ ask, code }) => {
      const on = await start()
      await on.cluster.addPod({ name: 'web-0' })
      expect((await failure(on, ask)).code).toBe(code)
    })

    it('and a read that does not go on is given up, with headers and without', async () => {
      const on = await start()
      const pod = await runPod(on)
      pod.container().log.append('one')
      for (const afterBytes of [0, 10]) {
        on.cluster.kubelet.behave({ fault: 'silence', afterBytes })
        // What is silent must not end either.
        const open = on.cluster.kubelet.nextLog(({ query }) => !query.follow)
        const failed = failure(on, {})
        await open
        await on.timers.fire('read-silence')
        expect((await failed).message).toBe(
          `Cluster "test": can't read the log of shop/web-0, container app: the node does not go on.`,
        )
      }
    })
  })
}
