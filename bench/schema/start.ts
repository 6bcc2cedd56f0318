import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { WRITER, writeEngineFiles } from '../../src/store/engine/files.ts'
import { findLibrary } from '../../src/store/engine/library.ts'
import { freePort } from '../../src/store/engine/ports.ts'
import { startEngineProcess } from '../../src/store/engine/supervisor.ts'
import { type ClickHouse, run } from './clickhouse.ts'

const DATABASE = 'weir_bench'
const START_WITHIN_MS = 60_000

/**
 * The embedded ClickHouse with the configuration it has in the gateway, but room for 6 GiB, in a temporary
 * directory. Built from the engine's parts because the figures need its address (the summary header) and pid.
 */
export async function startClickHouse(): Promise<{ clickhouse: ClickHouse; stop: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-sort-key-'))
  const { configPath, dataPath, secrets } = writeEngineFiles({
    directory,
    database: DATABASE,
    memoryBytesMax: 6 * 1024 ** 3,
    mergeThreads: 2,
  })
  const httpPort = await freePort()
  const libraryPath = findLibrary()
  const child = startEngineProcess(
    { libraryPath, directory, configPath, dataPath, httpPort, logLevel: 'warning' },
    'UTC',
  )
  const stop = async () => {
    child.kill()
    await child.exited
    await rm(directory, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${httpPort}/${secrets.path}`
  const clickhouse = {
    url,
    username: WRITER,
    password: secrets.writer,
    database: 'system',
    pid: child.pid!,
  }
  let ended: string | undefined
  void child.exited.then((reason) => {
    ended = reason
  })
  const deadline = performance.now() + START_WITHIN_MS
  for (;;) {
    try {
      await run(clickhouse, `CREATE DATABASE ${DATABASE} ENGINE = Atomic`)
      return { clickhouse: { ...clickhouse, database: DATABASE }, stop }
    } catch (error) {
      if (ended !== undefined || performance.now() > deadline) {
        await stop()
        throw new Error(`the embedded ClickHouse did not start: ${ended ?? 'no answer'}`, { cause: error })
      }
      await delay(100)
    }
  }
}
