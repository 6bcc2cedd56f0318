import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import { formatAddress } from './fields.ts'
import type { Config } from './schema.ts'
import { MASK, Secret } from './secret.ts'

/** A config as it may be shown and stored. */
export type Description = {
  /** What `text` says, as plain values. */
  readonly value: Readonly<Record<string, unknown>>
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
  return describeValue(
    plain({
      ...config,
      listen: { ...Object.fromEntries(addresses), insecure },
      clickhouse: mode === 'embedded' ? { embedded: clickhouse } : clickhouse,
      processors: withoutKeys(processorsAsWritten ?? {}),
    }) as Description['value'],
  )
}

/** What is in force after a reload: the processors of the one, all the rest of the other. */
export function withProcessorsOf(inForce: Description, { value: { processors } }: Description): Description {
  return describeValue({ ...inForce.value, processors })
}

function describeValue(value: Description['value']): Description {
  return {
    value,
    text: stringify(value, { lineWidth: 110 }),
    hash: createHash('sha256').update(JSON.stringify(value)).digest('hex'),
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Secret) return value.toString()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

/** Keys of processors that hold a secret where they are not substituted. */
const SECRET_KEYS = new Set(['hashKey'])
/** Nothing but a substitution, and none with a default. */
const SUBSTITUTED = /^\$\{(?:env|file):(?:(?!:-)[^}])*\}$/

function withoutKeys(processors: unknown): unknown {
  if (Array.isArray(processors)) return processors.map(withoutKeys)
  if (typeof processors !== 'object' || processors === null) return processors
  return Object.fromEntries(
    Object.entries(processors).map(([key, item]) => [
      key,
      SECRET_KEYS.has(key) && !(typeof item === 'string' && SUBSTITUTED.test(item))
        ? MASK
        : withoutKeys(item),
    ]),
  )
}
