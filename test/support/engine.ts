import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createEmbeddedEngine, type EmbeddedOptions } from '../../src/store/engine/embedded.ts'
import type { ManagedEngine } from '../../src/store/engine/engine.ts'

/** What a test may ask the engine with, past Weir's own client. */
export const TEST_SECRETS = { path: 'test-path', writer: 'test-writer', reader: 'test-reader' } as const

export type TestEngine = {
  readonly engine: ManagedEngine
  /** The engine's own temporary directory. */
  readonly directory: string
  /** Stops the engine and removes the directory. */
  stop(): Promise<void>
}

const READY_WITHIN_MS = 30_000

/** A real ClickHouse of its own, answering, on ephemeral loopback ports. */
export async function startTestEngine(options: Partial<EmbeddedOptions> = {}): Promise<TestEngine> {
  const made = options.directory === undefined ? await mkdtemp(join(tmpdir(), 'weir-engine-')) : undefined
  const directory = options.directory ?? made!
  const engine = createEmbeddedEngine({
    memoryBytesMax: 1024 ** 3,
    secrets: TEST_SECRETS,
    log: pino({ level: process.env.WEIR_TEST_LOG ?? 'silent' }),
    ...options,
    directory,
  })
  engine.start()
  await engine.ready(AbortSignal.timeout(READY_WITHIN_MS))
  if (engine.state !== 'up') {
    await engine.stop()
    throw new Error(`The test's ClickHouse in ${directory} did not come up (WEIR_TEST_LOG=info tells more)`)
  }
  return {
    engine,
    directory,
    async stop() {
      await engine.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
