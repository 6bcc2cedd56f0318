import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/exit-code.ts'
import { weir } from '../cli/support/command.ts'
import { endsWhenRevoked } from '../tail/canary/revoked.ts'
import { CanaryScene } from '../tail/canary/scene.ts'
import { Stage } from '../tail/canary/stage.ts'
import { staysClean } from '../tail/canary/stays-clean.ts'
import { CARRIERS, ENDS, LOGS, STORES } from '../tail/canary/table.ts'
import { ControlPlane } from './support/control-plane.ts'
import { RealCluster } from './support/real-cluster.ts'

/**
 * Scenario: the canary's table that `npm test` runs in one process, with a whole gateway before a real API server. Guarantees:
 * each line once on both of its tails, and in ClickHouse; nothing of that rests on how the fake API server answers.
 */

let plane: ControlPlane
beforeAll(async () => {
  plane = await ControlPlane.start()
})
// The last to be stopped.
afterAll(() => plane.stop())

const start = (): Promise<RealCluster> => RealCluster.start(plane)

staysClean(start, [...LOGS, ...CARRIERS, ...STORES, ...ENDS])
endsWhenRevoked(start)

describe('weir canary read, a process of its own', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await Stage.start(await start())
  })
  afterAll(() => stage.stop())

  const LINES = 60

  it.each(['native', 'loki'])('finds nothing wrong, by %s history', async (history) => {
    const canary = await CanaryScene.start(stage, `canary-${history}`)
    const address = stage.clustered.gateway.urls.api
    const { query } = canary.scene.query
    const how = ['--since', '1h', '--history', history, '--for-lines', String(LINES), '-o', 'json']
    const reading = weir(['canary', 'read', '--address', address, '--query', query!, ...how])
    canary.write(LINES / 3)
    canary.scene.log.rotate()
    canary.write(LINES / 3, { seconds: 1 })
    await stage.cluster.restart(canary.scene.pod)
    canary.write(LINES / 3)
    await canary.collect()
    const { exitCode, out, error } = await reading
    const clean = { lines: LINES, missing: 0, duplicate: 0, outOfOrder: 0, damaged: 0 }
    expect({ ...JSON.parse(out), error }).toMatchObject({ clean: true, runs: 1, live: clean, stored: clean })
    expect(exitCode).toBe(EXIT.done)
  })
})
