import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import { LabelMapping } from '../../src/query/loki/execute/labels.ts'
import { ResourceResolver } from '../../src/store/rows/resources.ts'
import type { Chunk } from '../../src/tail/receive/rows.ts'
import { LiveLabels } from '../../src/tail/receive/rows.ts'
import { Upstream } from '../../src/tail/receive/upstream.ts'
import { SimGateway, tick } from './support/gateways.ts'

const row = (body: string) => ({ tenantId: 'a', body, timeNs: 1_800_000_000_000_000_000n })

function upstreamOf(gateway: SimGateway, lingerMs: number): Upstream {
  const resolver = new ResourceResolver({ appIdAttributes: [], retentionDaysOf: () => 30 })
  const labels = new LiveLabels(resolver, new LabelMapping(defaultConfig().query))
  return new Upstream({
    store: gateway.store,
    gatewayId: gateway.lane,
    labels,
    lingerMs,
    ringBytesMax: 1 << 20,
  })
}

function bodiesOf(chunks: ReadonlyArray<Chunk>): string[] {
  return chunks.flatMap((chunk) => chunk.rows.map((each) => chunk.recordOf(each, false).line))
}

describe('what the gateway receives, shared', () => {
  it('observes while somebody follows, and a while longer', async () => {
    const gateway = new SimGateway('own')
    const upstream = upstreamOf(gateway, 0)
    expect(upstream.isObserving).toBe(false)
    const unfollow = upstream.follow(() => {})
    const other = upstream.follow(() => {})
    expect(gateway.observers).toBe(1)
    unfollow()
    unfollow()
    expect(upstream.isObserving).toBe(true)
    other()
    await expect.poll(() => gateway.observers, { interval: 1 }).toBe(0)
  })

  it('remembers everything from a Seq on', async () => {
    const gateway = new SimGateway('own')
    const upstream = upstreamOf(gateway, 60_000)
    gateway.append([row('before')], 0)
    const from = gateway.store.watermark.nextSeq
    const chunks: Chunk[] = []
    const unfollow = upstream.follow((chunk) => chunks.push(chunk))
    gateway.append([row('one'), row('two')], 3)
    gateway.commit()
    await tick()
    expect(bodiesOf(chunks)).toEqual(['one', 'two'])
    expect(upstream.remembered.from).toBe(from)
    expect(bodiesOf(upstream.remembered.chunks)).toEqual(['one', 'two'])
    expect(upstream.next).toBe(gateway.store.watermark.nextSeq)
    unfollow()
    upstream.stop()
    expect(gateway.observers).toBe(0)
  })

  it('leaves to history what was copied for somebody who has gone', async () => {
    const gateway = new SimGateway('own')
    const upstream = upstreamOf(gateway, 60_000)
    upstream.follow(() => {})()
    gateway.append([row('copied for nobody')], 0)
    upstream.stop()
    const chunks: Chunk[] = []
    upstream.follow((chunk) => chunks.push(chunk))
    gateway.append([row('live')], 0)
    gateway.commit()
    await tick()
    expect(bodiesOf(chunks)).toEqual(['live'])
    upstream.stop()
  })
})
