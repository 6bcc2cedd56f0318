import { isLoopback } from './loopback.ts'
import type { Config } from './schema.ts'

/** What a config may say and its author might not have meant. */
export function warningsOf(config: Config): string[] {
  const { ack, clickhouse, credentials, listen, tenancy } = config
  const warnings: string[] = []
  if (listen.insecure && credentials.length === 0)
    warnings.push('listen.insecure: whoever reaches the listeners may write and read everything')
  if (clickhouse.mode === 'server') {
    if (clickhouse.reader === undefined)
      warnings.push(
        `clickhouse.reader is not set: queries run as ${clickhouse.username}, who may also write; name a user with SELECT only`,
      )
    if (
      clickhouse.url.startsWith('http:') &&
      !isLoopback(new URL(clickhouse.url).hostname.replace(/^\[|\]$/g, ''))
    )
      warnings.push('clickhouse.url is http: rows and passwords cross the network in clear')
  } else if (ack === 'clickhouse') {
    warnings.push(
      'ack: clickhouse with the embedded engine only makes senders wait longer; both are on this disk',
    )
  }
  if (
    tenancy.mode === 'multi' &&
    credentials.length > 0 &&
    !credentials.some(({ scopes }) => scopes.includes('read'))
  )
    warnings.push('no credential has the scope read: nobody can query')
  return warnings
}
