import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../../src/gateway.ts'
import { prepareProcessor } from '../../src/processors/registry.ts'
import type { Database } from '../../src/store/database.ts'
import { startTestEngine } from './engine.ts'

export type TestGateway = {
  readonly gateway: Gateway
  readonly dataDir: string
  readonly urls: { readonly grpc: string; readonly http: string; readonly api: string }
  /** What the next reload reads in place of `yaml`; the tests' own listeners and inserter are added. */
  rewrite(yaml: string): void
  /** Stops the gateway, then hands its ClickHouse, started again without it, to `look`; removes everything. */
  readBack<T>(look: (database: Database) => Promise<T>): Promise<T>
  /** Stops the gateway and removes everything. */
  stop(): Promise<void>
}

/** A whole gateway in this process, on ephemeral ports, with its embedded ClickHouse. `yaml` is its configuration. */
export async function startTestGateway(
  yaml = '',
  options: Partial<GatewayOptions> & { dataDir?: string } = {},
): Promise<TestGateway> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'weir-gateway-')))
  const listen = yaml.includes('listen:')
    ? ''
    : 'listen: {grpc: 127.0.0.1:0, http: 127.0.0.1:0, api: 127.0.0.1:0}\n'
  const inserter = yaml.includes('inserter:') ? '' : 'inserter: {groupAgeMs: 50, thinGroupAgeMs: 50}\n'
  let current = yaml
  const load = (): LoadedConfig =>
    loadConfig(`${listen}${inserter}${current}`, {
      file: 'test.yaml',
      workingDirectory: dataDir,
      env: { WEIR_DATA_DIR: dataDir },
      readFile: () => {
        throw new Error('no files in tests')
      },
      validateProcessor: prepareProcessor,
    })
  const loaded = load()
  const logger = options.logger ?? pino({ level: process.env.WEIR_TEST_LOG ?? 'silent' })
  const gateway = await startGateway(loaded.config, { source: { loaded, load }, ...options, logger })
  const { grpc, http, api } = gateway.addresses
  const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true })
  return {
    gateway,
    dataDir,
    urls: {
      grpc: `127.0.0.1:${grpc?.port}`,
      http: `http://127.0.0.1:${http?.port}`,
      api: `http://127.0.0.1:${api?.port}`,
    },
    rewrite(next) {
      current = next
    },
    async readBack(look) {
      await gateway.stop()
      const { engine, stop } = await startTestEngine({ directory: join(dataDir, 'clickhouse') })
      try {
        return await look(engine.writer)
      } finally {
        await stop()
        await remove()
      }
    },
    async stop() {
      await gateway.stop()
      await remove()
    },
  }
}
