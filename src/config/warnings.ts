import { isLoopback } from './loopback.ts'
import type { Config } from './schema.ts'

/** What a config may say and its author might not have meant. */
export function warningsOf(config: Config): string[] {
  return [...accessWarnings(config), ...clickhouseWarnings(config), ...tracesWarnings(config)]
}

function accessWarnings({ credentials, jwt, authCallback, listen, tenancy }: Config): string[] {
  const warnings: string[] = []
  const guardsApi = jwt !== undefined || authCallback !== undefined
  if (listen.insecure && credentials.length === 0)
    warnings.push(
      guardsApi
        ? 'listen.insecure: whoever reaches the OTLP listeners may write everything; jwt and authCallback guard the API only'
        : 'listen.insecure: whoever reaches the listeners may write and read everything',
    )
  if (jwt?.jwksUrl !== undefined && isOpen(jwt.jwksUrl))
    warnings.push('jwt.jwksUrl is http: whoever is on the way can put in keys of their own')
  if (authCallback !== undefined && isOpen(authCallback.url))
    warnings.push('authCallback.url is http: credentials cross the network in clear')
  if (
    tenancy.mode === 'multi' &&
    credentials.length > 0 &&
    !guardsApi &&
    !credentials.some(({ scopes }) => scopes.includes('read'))
  )
    warnings.push('no credential has the scope read: nobody can query')
  return warnings
}

function clickhouseWarnings({ ack, clickhouse }: Config): string[] {
  if (clickhouse.mode === 'embedded')
    return ack === 'clickhouse'
      ? ['ack: clickhouse with the embedded engine only makes senders wait longer; both are on this disk']
      : []
  const warnings: string[] = []
  if (clickhouse.reader === undefined)
    warnings.push(
      `clickhouse.reader is not set: queries run as ${clickhouse.username}, who may also write; name a user with SELECT only`,
    )
  if (isOpen(clickhouse.url))
    warnings.push('clickhouse.url is http: rows and passwords cross the network in clear')
  return warnings
}

function tracesWarnings({ credentials, telemetry }: Config): string[] {
  const { endpoint, headers } = telemetry.traces
  if (endpoint === 'self')
    return credentials.length > 0 && headers.authorization === undefined
      ? [
          'telemetry.traces: the listeners ask for a credential, and headers has no authorization: own traces are refused',
        ]
      : []
  return endpoint !== null && Object.keys(headers).length > 0 && isOpen(endpoint)
    ? ['telemetry.traces.endpoint is http: headers cross the network in clear']
    : []
}

/** Whether what goes to this URL leaves the machine, and in clear. */
function isOpen(url: string): boolean {
  return url.startsWith('http:') && !isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''))
}
