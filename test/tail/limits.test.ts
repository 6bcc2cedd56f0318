import { describe, expect, it } from 'vitest'
import { TailRefusal } from '../../src/tail/kubernetes/contract.ts'
import { caps } from './behaviours/caps.ts'
import { useTailed } from './behaviours/rig.ts'
import { FakeCluster } from './support/fake-cluster.ts'

caps(FakeCluster.start)

const rig = useTailed(FakeCluster.start)

describe('refusals', () => {
  it('more containers than allowed, an unknown cluster, no lines', async () => {
    const on = await rig.start({ containersMax: 1 })
    const pod = await rig.runPod(on)
    const ref = { cluster: 'test', namespace: 'shop', pod: pod.name, podUid: pod.uid, container: 'app' }
    const { handle } = on.follow(pod)
    const start = { from: 'now' } as const
    const sink = { lines: () => undefined, gap: () => undefined, state: () => undefined }
    expect(() => on.tail.follow(ref, { start }, sink)).toThrow(TailRefusal)
    expect(() => on.tail.follow({ ...ref, cluster: 'prod' }, { start }, sink)).toThrow(
      'There is no cluster "prod".',
    )
    handle.stop()
    await handle.done
    expect(() => on.tail.follow(ref, { start: { from: 'last', lines: 0 } }, sink)).toThrow('1 to 10000')
    on.tail.follow(ref, { start }, sink)
  })
})
