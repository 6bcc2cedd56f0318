import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Clustered } from './support/clustered.ts'
import { ago, bodies, isReady, Scene } from './support/scene.ts'
import { LOKI_TAIL, type LokiFrame, lokiLines, nativeLines, TailClient } from './support/tail-client.ts'

/**
 * Scenario: rules that mask and change lines, and pods of a cluster that write secrets. Guarantees: no frame of either front has
 * a secret, live or from what was remembered; a line is the same live and, once it is stored, in history; a reload counts at once.
 */

const REDACT = `  redact: {custom: {order: 'order-[0-9]+'}}\n`
const RULES =
  `processors:\n` +
  `  filter/debug: {logs: {log_record: ['IsMatch(body, "debug")']}}\n` +
  REDACT +
  `  severity: {}\n` +
  `  resource/team: {attributes: [{key: service.namespace, value: checkout, action: upsert}]}\n` +
  `  attributes/site: {actions: [{key: site, value: north, action: upsert}]}\n`
const SECRETS = /hunter2|order-\d|AKIA[0-9A-Z]{8}/
const LINES = [
  'ERROR payment of order-4711 failed',
  '{"level":"warn","msg":"slow order-4712","password":"hunter2"}',
  'key AKIAIOSFODNN7EXAMPLE of order-4713',
  'debug: order-4714',
  'nothing to see',
]

let clustered: Clustered
beforeAll(async () => {
  clustered = await Clustered.start(1, { more: RULES })
})
afterAll(() => clustered.stop())

const texts = ({ frames }: { readonly frames: ReadonlyArray<unknown> }): string => JSON.stringify(frames)
const loki = (query: string): Promise<TailClient<LokiFrame>> =>
  TailClient.open<LokiFrame>(clustered.gateway.urls.api, LOKI_TAIL, {
    query,
    start: ago(900),
  })

describe('a secret in a live line', () => {
  const clients: TailClient<unknown>[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close()
  })

  it('is in no frame; what is live is what is stored', async () => {
    const scene = Scene.of(clustered, 'shop-0')
    const native = await clustered.tail({ ...scene.query, start: ago(900) })
    const ofLoki = await loki(scene.query.query!)
    const searched = await clustered.tail({ query: `${scene.query.query} |= "4711"`, start: ago(900) })
    clients.push(native, ofLoki, searched)
    await native.until(isReady)
    for (const line of LINES) scene.log.append(line)
    await native.until((frames) => bodies(frames).length === LINES.length)
    await ofLoki.until((frames) => lokiLines(frames).length === LINES.length)
    // Who comes later is told what is remembered.
    const later = await clustered.tail({ ...scene.query, start: ago(900) })
    clients.push(later)
    await later.until((frames) => bodies(frames).length === LINES.length)
    for (const client of [native, ofLoki, later]) expect(texts(client)).not.toMatch(SECRETS)
    expect(texts(native)).toContain('ERROR payment of *** failed')
    await searched.until(isReady)
    expect(bodies(searched.frames)).toEqual([])

    const live = new Map(nativeLines(native.frames).map((line) => [line.timestampNs, line]))
    expect([...live.values()].flatMap(({ droppedBy }) => droppedBy ?? [])).toEqual(['filter/debug'])
    await scene.collect()
    await clustered.stored()
    const response = await fetch(
      `${clustered.gateway.urls.api}/api/v1/logs?${new URLSearchParams({ ...scene.query, start: ago(900) })}`,
    )
    const stored = ((await response.json()) as { records: Stored[] }).records
    expect(stored.length).toBe(LINES.length - 1)
    for (const { timestampNs, body, severityNumber, labels } of stored) {
      const line = live.get(timestampNs)!
      expect([line.body, line.severityNumber ?? 0]).toEqual([body, severityNumber])
      expect(line.metadata).toMatchObject({ site: 'north' })
      expect([line.labels.service_namespace, labels.service_namespace]).toEqual(['checkout', 'checkout'])
    }
  })

  it('is masked from a reload on, as labels are what they will be then', async () => {
    clustered.reload('')
    const scene = Scene.of(clustered, 'shop-1')
    const client = await clustered.tail({ ...scene.query, start: ago(900) })
    clients.push(client)
    await client.until(isReady)
    scene.log.append('plain order-1')
    await client.until((frames) => bodies(frames).length === 1)
    clustered.reload(RULES)
    scene.log.append('masked order-2')
    const [plain, masked] = nativeLines(await client.until((frames) => bodies(frames).length === 2))
    expect([plain?.body, masked?.body]).toEqual(['plain order-1', 'masked ***'])
    expect([plain?.labels.service_namespace, masked?.labels.service_namespace]).toEqual([
      undefined,
      'checkout',
    ])
  })
})

type Stored = {
  readonly timestampNs: string
  readonly body: string
  readonly severityNumber?: number
  readonly labels: Readonly<Record<string, string>>
}
