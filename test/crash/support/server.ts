import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openRaw } from '../../store/engine/support/raw.ts'
import { TEST_SECRETS, type TestEngine } from '../../support/engine.ts'
import { poll } from './poll.ts'

/** The origin where a test's ClickHouse listens now: another one after each of its restarts. */
export async function originOf(engine: TestEngine): Promise<string> {
  let origin = ''
  await poll('ClickHouse tells its port', async () => {
    origin = await openRaw(engine.engine).then(
      (raw) => raw.origin,
      () => '',
    )
    return origin !== ''
  })
  return origin
}

/** The `clickhouse` section of a gateway's config for a test's ClickHouse that is reached at `origin`. */
export function clickhouseAt(origin: string): object {
  return {
    url: `${origin}/${TEST_SECRETS.path}`,
    username: 'weir',
    password: TEST_SECRETS.writer,
    reader: { username: 'reader', password: TEST_SECRETS.reader },
  }
}

export async function gatewayIdOf(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, 'spool', 'gateway-id'), 'utf8')).trim()
}
