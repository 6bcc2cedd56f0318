import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../../src/cli/exit-code.ts'
import { Paper } from '../../cli/support/paper.ts'
import type { StartCluster } from '../behaviours/rig.ts'
import { Clustered } from '../support/clustered.ts'
import { ago, bodies, NAMESPACE } from '../support/scene.ts'
import {
  LOKI_TAIL,
  type LokiFrame,
  lokiLines,
  NATIVE_TAIL,
  type NativeFrame,
  TailClient,
} from '../support/tail-client.ts'
import type { TestCluster } from '../support/test-cluster.ts'

const TOKENS = { ada: 'token-of-ada-0123456789', eve: 'token-of-eve-0123456789' }
const CREDENTIALS = `credentials:
  - {name: ada, token: ${TOKENS.ada}, scopes: [read]}
  - {name: eve, token: ${TOKENS.eve}, scopes: [read]}
`
const POD = 'web-0'
const QUERY = `{pod="${POD}"}`
const REASON = `Access was revoked: Cluster "test": the user may not get pods/log in namespace ${NAMESPACE}.`

/** Two users whom the roles of that cluster let read a pod's log, until they no longer let one of them. */
export function endsWhenRevoked(startCluster: StartCluster): void {
  describe('access that is taken away', () => {
    let clustered: Clustered<TestCluster>

    beforeAll(async () => {
      clustered = await Clustered.on(await startCluster(), 5, {
        more: CREDENTIALS,
        ofKubernetes: 'access: {subjectAccessReview: true, cacheMs: 1000},',
        ofTail: 'accessCheckMs: 100',
      })
    })
    afterAll(() => clustered.stop())

    const open = <Frame>(path: string, user: keyof typeof TOKENS): Promise<TailClient<Frame>> =>
      TailClient.open(
        clustered.gateway.urls.api,
        path,
        { query: QUERY, start: ago(600) },
        { authorization: `Bearer ${TOKENS[user]}` },
      )

    it('ends every tail of the user, with the reason, and of nobody else', async () => {
      const { cluster, gateway } = clustered
      for (const user of Object.keys(TOKENS)) await cluster.allow(user, NAMESPACE)
      const { log } = (await cluster.runPod({ namespace: NAMESPACE, name: POD })).container()
      const native = await open<NativeFrame>(NATIVE_TAIL, 'ada')
      const loki = await open<LokiFrame>(LOKI_TAIL, 'ada')
      const other = await open<NativeFrame>(NATIVE_TAIL, 'eve')
      const paper = new Paper()
      const asked = { address: gateway.urls.api, token: TOKENS.ada, since: '10m', output: 'raw' }
      const exit = paper.tail(QUERY, asked)
      log.append('seen by ada')
      await Promise.all([
        paper.until(() => paper.text.includes('seen by ada')),
        native.until((frames) => bodies(frames).includes('seen by ada')),
        loki.until((frames) => lokiLines(frames).includes('seen by ada')),
      ])

      await cluster.forbid('ada', NAMESPACE)
      expect(await native.closed).toEqual({ code: 1008, reason: REASON })
      expect(await loki.closed).toEqual({ code: 1008, reason: REASON })
      expect(await exit).toBe(EXIT.refused)
      expect(paper.errors).toBe(`${REASON}\n`)

      log.append('not for ada')
      await other.until((frames) => bodies(frames).includes('not for ada'))
      await other.close()
      const told = [...bodies(native.frames), ...lokiLines(loki.frames), paper.text]
      expect(told.join('\n')).not.toContain('not for ada')
    })
  })
}
