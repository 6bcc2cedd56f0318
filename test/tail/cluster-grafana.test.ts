import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Clustered } from './support/clustered.ts'
import type { FakePod } from './support/fake-pod.ts'
import { isReady } from './support/scene.ts'
import {
  LOKI_TAIL,
  type LokiFrame,
  lokiLines,
  NATIVE_TAIL,
  type NativeFrame,
  TailClient,
} from './support/tail-client.ts'

/**
 * Scenario: Grafana's Live button on pods of two tenants of one cluster, whose lines nobody has collected. Guarantees: it gets
 * what it can read, from the kubelet; several tenants at a time; readable reasons where it is refused; and of a pod of another
 * tenant it learns no more than of one that is not there.
 */

const TOKENS = { acme: 'acme-0123456789abcdef', both: 'both-0123456789abcdef', none: 'none-0123456789abcdef' }
const CONFIG = `
tenancy: multi
credentials:
  - {name: acme, token: ${TOKENS.acme}, tenants: [acme], scopes: [read]}
  - {name: both, token: ${TOKENS.both}, tenants: [acme, globex], scopes: [read]}
  - {name: none, token: ${TOKENS.none}, tenants: [acme], scopes: [write]}
`
/** What Grafana's proxy adds to the browser's request: the data source's headers, and no Origin. */
const headersOf = (token: string, tenants: string) => ({
  authorization: `Bearer ${token}`,
  'x-scope-orgid': tenants,
})
const WORKSPACE = 'loco.io/workspace-id'

let clustered: Clustered
let pods: Readonly<Record<'acme' | 'globex', FakePod>>
const open: TailClient<unknown>[] = []

beforeAll(async () => {
  clustered = await Clustered.start(1, { more: CONFIG, ofTail: 'viewersPerTenant: 2, accessCheckMs: 100' })
  const { cluster } = clustered
  for (const tenant of ['acme', 'globex']) cluster.setNamespace(`ns-${tenant}`, { [WORKSPACE]: tenant })
  pods = {
    acme: cluster.runPod({ namespace: 'ns-acme', name: 'web' }),
    globex: cluster.runPod({ namespace: 'ns-globex', name: 'secret' }),
  }
})
afterEach(async () => {
  for (const client of open.splice(0)) await client.close()
})
afterAll(() => clustered.stop())

async function tail<Frame>(
  path: string,
  query: string,
  headers: Readonly<Record<string, string>>,
): Promise<TailClient<Frame>> {
  const client = await TailClient.open<Frame>(clustered.gateway.urls.api, path, { query }, headers)
  open.push(client)
  return client
}
const live = (query: string, token: string, tenants: string): Promise<TailClient<LokiFrame>> =>
  tail(LOKI_TAIL, query, headersOf(token, tenants))
const write = (tenant: 'acme' | 'globex', text: string): void => pods[tenant].container().log.append(text)

describe('the Live button', () => {
  it('sends a query only, and shows the last lines, then live ones, in frames that Grafana reads', async () => {
    write('acme', 'before 1')
    write('acme', 'before 2')
    const client = await live('{namespace="ns-acme"}', TOKENS.acme, 'acme')
    await client.until((frames) => lokiLines(frames).length === 2)
    write('acme', 'level=error msg="live 3"')
    const frames = await client.until((all) => lokiLines(all).length === 3)
    expect(lokiLines(frames)).toEqual(['before 1', 'before 2', 'level=error msg="live 3"'])
    for (const frame of frames) {
      expect(Object.keys(frame)).toEqual(['streams'])
      for (const { stream, values } of frame.streams) {
        expect(stream).toMatchObject({ k8s_pod_name: 'web', k8s_namespace_name: 'ns-acme' })
        expect(stream).not.toHaveProperty('__tenant_id__')
        for (const value of values)
          expect(value).toEqual([expect.stringMatching(/^\d{19}$/), expect.any(String)])
      }
    }
    await client.untilPings(2)
    // What makes Grafana come back: a cut without a close frame. It asks the same again.
    client.socket.terminate()
    const again = await live('{namespace="ns-acme"}', TOKENS.acme, 'acme')
    await again.until((all) => lokiLines(all).length === 3)
    expect(lokiLines(again.frames)).toEqual(lokiLines(frames))
  })

  it('shows several tenants at a time, each line with its own, which the selector knows', async () => {
    const both = await live('{namespace=~"ns-.+"}', TOKENS.both, 'acme|globex')
    const one = await live('{namespace=~"ns-.+", __tenant_id__="globex"}', TOKENS.both, 'acme|globex')
    write('acme', 'of acme')
    write('globex', 'of globex')
    const has = (text: string) => (frames: ReadonlyArray<LokiFrame>) => lokiLines(frames).includes(text)
    await both.until((frames) => has('of acme')(frames) && has('of globex')(frames))
    await one.until(has('of globex'))
    const tenants = both.frames.flatMap(({ streams }) =>
      streams.map(({ stream }) => `${stream.__tenant_id__} ${stream.k8s_namespace_name}`),
    )
    expect(new Set(tenants)).toEqual(new Set(['acme ns-acme', 'globex ns-globex']))
    expect(lokiLines(one.frames)).toEqual(['of globex'])
  })

  it.each<[string, token: string, tenants: string, code: number, reason: RegExp]>([
    ['has no right to read', TOKENS.none, 'acme', 1008, /has no scope read/],
    ['asks for another tenant', TOKENS.acme, 'globex', 1008, /may not read the tenant "globex"/],
    ['asks for another one beside its own', TOKENS.acme, 'acme|globex', 1008, /may not read/],
  ])('that %s is let in and told why it is sent away', async (_, token, tenants, code, reason) => {
    const closed = await (await live('{namespace="ns-acme"}', token, tenants)).closed
    expect(closed).toEqual({ code, reason: expect.stringMatching(reason) })
    expect(Buffer.byteLength(closed.reason)).toBeLessThanOrEqual(123)
  })

  it('over the budget hears the number and the way out', async () => {
    const query = '{namespace="ns-acme"}'
    await live(query, TOKENS.acme, 'acme')
    await live(query, TOKENS.acme, 'acme')
    const { code, reason } = await (await live(query, TOKENS.acme, 'acme')).closed
    expect([code, reason]).toEqual([1013, expect.stringMatching(/\b2\b.*(close|later|again)/i)])
  })
})

describe('a pod of another tenant', () => {
  it('is told of like one that is not there', async () => {
    const told = async (pod: string): Promise<unknown> => {
      const { requests } = clustered.cluster
      const from = requests.all.length
      const query = `{pod="${pod}"}`
      const client = await tail<NativeFrame>(NATIVE_TAIL, query, headersOf(TOKENS.acme, 'acme'))
      await client.until(isReady)
      write('globex', 'nobody else sees this')
      const beats = (frames: ReadonlyArray<NativeFrame>): number =>
        frames.filter(({ type }) => type === 'heartbeat').length
      await client.until((frames) => beats(frames) >= 4)
      const asked = requests.all.slice(from).map(({ verb, url }) => `${verb} ${url.pathname}`)
      const frames = client.frames.filter((frame, i) => frame.type !== 'heartbeat' || i < 2)
      await client.close()
      // Tokens have the query's digest and the time in them: as long as each other, and no more.
      const shown = JSON.stringify(frames, (key, value) =>
        key === 'resume' ? String(value).length : value,
      ).replaceAll(pod, '…')
      return { shown, logs: asked.filter((one) => one.startsWith('log')) }
    }
    const [there, notThere] = [await told('secret'), await told('absent')]
    expect(there).toEqual(notThere)
    expect(there).toMatchObject({ logs: [] })
  })
})
