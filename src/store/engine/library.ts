import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The optional packages of the embedded engine are missing. The message says what to do about it. */
export class EngineUnavailableError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'EngineUnavailableError'
  }
}

/** chdb's platform packages, by `process.platform`-`process.arch`. */
const PLATFORM_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
}

type Resolve = (specifier: string) => string

/**
 * Path of libchdb.so (ClickHouse as a shared library). Throws {@link EngineUnavailableError} if the platform has
 * none, or if the optional packages `chdb` and `ffi-rs` are not installed.
 */
export function findLibrary(
  platform = `${process.platform}-${process.arch}`,
  resolve: Resolve = createRequire(import.meta.url).resolve,
): string {
  const name = PLATFORM_PACKAGES[platform]
  if (name === undefined) {
    throw new EngineUnavailableError(
      `The embedded ClickHouse does not exist for ${platform}: ` +
        'configure a server instead, with clickhouse: {url: http://HOST:8123}.',
    )
  }
  try {
    resolve('ffi-rs')
    return join(resolve(`${name}/package.json`), '..', 'libchdb.so')
  } catch (cause) {
    throw new EngineUnavailableError(
      `The packages of the embedded ClickHouse (chdb with ${name}, and ffi-rs) are not installed: ` +
        'install them with "npm install --include=optional", or configure a server with clickhouse: {url: http://HOST:8123}.',
      { cause },
    )
  }
}
