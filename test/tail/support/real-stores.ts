import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { StoreHarness } from '../../store/support/store-harness.ts'
import { startTestEngine } from '../../support/engine.ts'

export type RealStores = {
  readonly harnesses: ReadonlyArray<StoreHarness>
  readonly reader: Database
  stop(): Promise<void>
}

/** A store of each of these gateways, over one real ClickHouse. */
export async function openRealStores(
  directory: string,
  gatewayIds: ReadonlyArray<string>,
): Promise<RealStores> {
  const { engine, stop } = await startTestEngine()
  await migrate(engine.writer)
  const harnesses = await Promise.all(
    gatewayIds.map(async (gatewayId) => {
      const own = join(directory, gatewayId)
      await mkdir(own, { recursive: true })
      const harness = await StoreHarness.open({ directory: own, database: engine.writer, gatewayId })
      harness.store.start()
      return harness
    }),
  )
  return {
    harnesses,
    reader: engine.reader,
    async stop() {
      for (const harness of harnesses) await harness.stop()
      await stop()
    },
  }
}
