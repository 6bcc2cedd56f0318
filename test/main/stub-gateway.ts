import type { Logger } from 'pino'
import type { ConfigSource } from '../../src/config/reload.ts'
import type { Config } from '../../src/config/schema.ts'

/** Stands in for src/gateway.ts: what happens at start and stop is chosen by the environment. */
export async function startGateway(
  config: Config,
  { logger, signal, source }: { logger: Logger; signal: AbortSignal; source: ConfigSource },
) {
  if (process.env.STUB === 'refuse') throw new Error('another gateway uses this folder')
  const alive = setInterval(() => {}, 1000)
  if (process.env.STUB === 'wait') {
    logger.info('starts')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    logger.info('undone')
    throw signal.reason
  }
  if (process.env.STUB === 'throw') setImmediate(() => ([] as string[])[0]!.length)
  return {
    addresses: { grpc: { host: '::1', port: 4242 }, http: null, api: config.listen.api },
    reload(by: string) {
      const { config: next } = source.load()
      logger.info({ by, processors: Object.keys(next.processors) }, 'reloads')
      if (process.env.STUB === 'bad file') throw new Error('it is bad')
    },
    async stop() {
      logger.info('drains')
      if (process.env.STUB === 'hang') await new Promise(() => {})
      if (process.env.STUB === 'fail') throw new Error('the disk is gone')
      clearInterval(alive)
    },
  }
}
