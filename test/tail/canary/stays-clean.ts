import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StartCluster } from '../behaviours/rig.ts'
import { CanaryScene } from './scene.ts'
import { Stage } from './stage.ts'
import type { Row } from './table.ts'

/** Longer than a real API server needs to start. */
const ROW_TIMEOUT_MS = 60_000

/** A canary in a pod of that cluster, read by `weir canary`'s reader and by Grafana's tail, through everything that happens. */
export function staysClean(startCluster: StartCluster, rows: ReadonlyArray<Row>): void {
  describe('a canary stays clean through', () => {
    let stage: Stage

    beforeAll(async () => {
      stage = await Stage.start(await startCluster())
    })
    afterAll(() => stage.stop())

    for (const [n, { what, before, happens, gap, connections = 1 }] of rows.entries())
      it(what, { timeout: ROW_TIMEOUT_MS }, async () => {
        const canary = await CanaryScene.start(stage, `canary-${n}`)
        await before?.(canary, stage)
        await canary.follow()
        canary.write(10, { seconds: 1 })
        if (before === undefined) {
          await canary.seen()
          await canary.collect()
        }
        await happens(canary, stage)
        const report = await canary.report()
        expect({ ...report, notes: canary.notes }).toMatchObject({
          faults: [],
          clean: true,
          live: { missing: 0, duplicate: 0, unannounced: 0, outOfOrder: 0, damaged: 0, connections },
          stored: { missing: 0, duplicate: 0, outOfOrder: 0, damaged: 0 },
        })
        expect(report.live!.lines).toBe(report.written)
        const told = canary.notes.filter((note) => note.startsWith('gap '))
        expect(told).toEqual(gap === undefined ? [] : [expect.stringMatching(gap)])
        // Grafana does not come back by itself.
        if (connections > 1) return
        expect(await canary.lokiCounts()).toEqual(new Map(canary.scene.texts.map((text) => [text, 1])))
      })
  })
}
