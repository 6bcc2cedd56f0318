import { describe, expect, it } from 'vitest'
import { healthyFollows } from './behaviours/healthy.ts'
import { reconnects } from './behaviours/reconnects.ts'
import { useTailed } from './behaviours/rig.ts'
import { rotations } from './behaviours/rotation.ts'
import { FakeCluster } from './support/fake-cluster.ts'

healthyFollows(FakeCluster.start)
reconnects(FakeCluster.start)
rotations(FakeCluster.start)

describe('an API server, or a proxy before it, that has too much to do', () => {
  const { start, runPod } = useTailed(FakeCluster.start)

  it('is given the time that its Retry-After asks for', async () => {
    const on = await start()
    const pod = await runPod(on)
    on.cluster.kubelet.behave({ refuse: { status: 429, message: 'slow down', retryAfterSeconds: 7 } })
    const { seen } = on.follow(pod)
    await seen.reached('retrying')
    expect(on.timers.leftMs('backoff')).toBe(7000)
  })
})
