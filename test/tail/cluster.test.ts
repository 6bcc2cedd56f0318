import { afterEach, describe, expect, it } from 'vitest'
import { Clustered } from './support/clustered.ts'
import { lateLines, type NativeFrame, type NativeLine, nativeLines } from './support/tail-client.ts'

/**
 * Scenario: a pod writes, a collector brings its lines late or later, and somebody tails it. Guarantees: every line once, whether
 * the store or the kubelet had it first, and the same labels on both sides.
 */

const QUERY = { query: '{namespace="shop"}' }

let clustered: Clustered
afterEach(() => clustered.stop())

const isReady = (frames: ReadonlyArray<NativeFrame>): boolean =>
  frames.some(({ type }) => type === 'heartbeat')
const bodies = (frames: ReadonlyArray<NativeFrame>): string[] => allLines(frames).map(({ body }) => body)

/** Live and late ones, in the order in which they came. */
const allLines = (frames: ReadonlyArray<NativeFrame>): NativeLine[] =>
  frames.flatMap((frame) => [...nativeLines([frame]), ...lateLines([frame])])
const late = (frames: ReadonlyArray<NativeFrame>): string[] => lateLines(frames).map(({ body }) => body)

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString()

describe('a pod that is tailed', () => {
  it('is told once, from the store up to the cut, from the kubelet after it', async () => {
    clustered = await Clustered.start(200)
    const { cluster } = clustered
    const pod = cluster.runPod({ name: 'shop-0' })
    const { log } = pod.container()
    const write = (name: string, count: number, stepSeconds: number): void => {
      for (let i = 0; i < count; i++) {
        log.append(`${name} ${i}`)
        cluster.clock.pass(stepSeconds)
      }
    }
    write('old', 60, 2)
    const held = log.written.slice(20, 22)
    await clustered.collect(pod, [...log.written.slice(0, 20), ...log.written.slice(22)])
    await clustered.stored()
    write('new', 20, 2)
    const client = await clustered.tail({ ...QUERY, start: ago(600) })
    await client.until((frames) => isReady(frames) && bodies(frames).includes('new 19'))
    write('live', 5, 1)
    await client.until((frames) => bodies(frames).includes('live 4'))
    const heldTexts = held.map(({ text }) => text)
    expect(bodies(client.frames)).toEqual(
      log.written.map(({ text }) => text).filter((text) => !heldTexts.includes(text)),
    )

    // What the kubelet showed comes again from the collector, and what it had held comes late.
    await clustered.collect(pod, [...held, ...log.written.slice(60)])
    await client.until((frames) => late(frames).length >= 2)
    expect(late(client.frames)).toEqual(heldTexts)
    write('end', 1, 0)
    await client.until((frames) => bodies(frames).includes('end 0'))
    expect(bodies(client.frames).toSorted()).toEqual(log.written.map(({ text }) => text).toSorted())

    const { labels, metadata } = nativeLines(client.frames).find(({ body }) => body === 'old 0')!
    const live = nativeLines(client.frames).find(({ body }) => body === 'live 0')!
    expect(live.labels).toEqual(labels)
    const { log_iostream, observed_timestamp, ...shared } = metadata!
    expect(live.metadata).toEqual(shared)
    expect([log_iostream, observed_timestamp]).toEqual(['stdout', expect.any(String)])
    await client.close()
  })
})
