import { afterAll, beforeAll, expect, it } from 'vitest'
import { Clustered } from './support/clustered.ts'
import { isReady, Scene } from './support/scene.ts'

/** Scenario: thousands of tails come and go. Guarantee: nothing is left behind, by counting. */

let clustered: Clustered
beforeAll(async () => {
  clustered = await Clustered.start(5)
})
afterAll(() => clustered.stop())

const CONNECTS = 1000
const AT_ONCE = 30

const resources = (): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

async function viewers(): Promise<number> {
  const text = await (await fetch(`${clustered.gateway.urls.api}/metrics`)).text()
  return Number(/^weir_tail_viewers\{front="native"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

it(`keeps no upstream, socket, timer or listener of ${CONNECTS} who came and went`, {
  timeout: 120_000,
}, async () => {
  const warnings: Error[] = []
  const warned = (warning: Error): void => void warnings.push(warning)
  process.on('warning', warned)
  const scenes = Array.from({ length: 3 }, (_, i) => Scene.of(clustered, `pod-${i}`))
  const come = async (nth: number, waits: boolean): Promise<void> => {
    const client = await clustered.tail({
      query: `{pod="pod-${nth % 3}"}`,
      ...(nth % 2 === 0 ? {} : { limit: '1' }),
    })
    if (waits) await client.until(isReady)
    await client.close()
  }
  await come(0, true)
  await expect.poll(() => clustered.cluster.kubelet.openFollows.length).toBe(0)
  await expect.poll(() => clustered.cluster.openWatches).toBe(0)
  const before = resources()

  for (let done = 0; done < CONNECTS; done += AT_ONCE) {
    scenes[done % 3]!.write(1)
    // Some leave before they are told anything.
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => come(done + i, i % 3 !== 0)))
  }
  await expect.poll(viewers).toBe(0)
  await expect.poll(() => clustered.cluster.kubelet.openFollows.length).toBe(0)
  await expect.poll(() => clustered.cluster.openWatches).toBe(0)
  for (const name of ['Timeout', 'TCPSocketWrap', 'TLSWrap', 'TCPServerWrap'])
    await expect
      .poll(() => resources()[name] ?? 0, { timeout: 15_000 })
      .toBeLessThanOrEqual((before[name] ?? 0) + 2)
  expect(warnings).toEqual([])
  process.off('warning', warned)
})
