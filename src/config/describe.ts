import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import { formatAddress } from './fields.ts'
import type { Config } from './schema.ts'
import { Secret } from './secret.ts'

/** A config as it may be shown and stored. */
export type Description = {
  /** YAML with every default filled in, secrets masked. */
  readonly text: string
  /** SHA-256 (hex) of what `text` says. A changed secret alone is not another version. */
  readonly hash: string
}

/**
 * Secrets are masked, and processors are shown as written, since what `${env:…}` put into them may be a secret
 * that no schema here knows. The hash does not depend on the order of keys in the file, but for processors,
 * whose order has a meaning.
 */
export function describeConfig(config: Config, processorsAsWritten: unknown): Description {
  const { mode, ...clickhouse } = config.clickhouse
  const { insecure, ...listeners } = config.listen
  const addresses = Object.entries(listeners).map(([name, address]) => [
    name,
    address ? formatAddress(address) : 'off',
  ])
  const shown = plain({
    ...config,
    listen: { ...Object.fromEntries(addresses), insecure },
    clickhouse: mode === 'embedded' ? { embedded: clickhouse } : clickhouse,
    processors: processorsAsWritten ?? {},
  })
  return {
    text: stringify(shown, { lineWidth: 110 }),
    hash: createHash('sha256').update(JSON.stringify(shown)).digest('hex'),
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Secret) return value.toString()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
