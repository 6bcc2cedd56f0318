import { isTenantId, TENANT_RULE } from './access.ts'
import { formatBytes } from './fields.ts'
import { type ConfigIssue, type ConfigPath, formatPath, valueAt } from './path.ts'
import type { Config } from './schema.ts'

/** `smaller` ≤ `bigger` for numbers that make no sense otherwise, and why. */
const AT_MOST: ReadonlyArray<{ smaller: ConfigPath; bigger: ConfigPath; why: string }> = [
  {
    smaller: ['ingest', 'requestBytesMax'],
    bigger: ['ingest', 'inFlightBytesMax'],
    why: 'the largest request must fit',
  },
  {
    smaller: ['ingest', 'requestBytesMax'],
    bigger: ['spool', 'segmentBytesMax'],
    why: 'a request lies wholly in one commit, a commit in one segment',
  },
  {
    smaller: ['spool', 'commitBytesMax'],
    bigger: ['spool', 'segmentBytesMax'],
    why: 'a commit lies in one segment',
  },
  {
    smaller: ['spool', 'segmentBytesMax'],
    bigger: ['spool', 'bytesMax'],
    why: 'the spool holds whole segments',
  },
  {
    smaller: ['inserter', 'groupAgeMs'],
    bigger: ['inserter', 'thinGroupAgeMs'],
    why: 'thin partitions wait longer',
  },
  {
    smaller: ['inserter', 'retryMinMs'],
    bigger: ['inserter', 'retryMaxMs'],
    why: 'the delay grows from one to the other',
  },
  {
    smaller: ['telemetry', 'traces', 'batchSpansMax'],
    bigger: ['telemetry', 'traces', 'queueSpansMax'],
    why: 'a batch is taken from the queue',
  },
  {
    smaller: ['series', 'saveIntervalMs'],
    bigger: ['series', 'idleAfterMs'],
    why: 'what was saved must not be idle already',
  },
  {
    smaller: ['query', 'limitDefault'],
    bigger: ['query', 'limitMax'],
    why: 'the default is a page like any other',
  },
  {
    smaller: ['query', 'concurrentPerTenant'],
    bigger: ['query', 'concurrentMax'],
    why: 'no tenant can have more than all',
  },
  {
    smaller: ['tail', 'viewersPerTenant'],
    bigger: ['tail', 'viewersMax'],
    why: 'no tenant can have more than all',
  },
]

/** What values must be to each other; on a config that is right value by value. */
export function relationIssues(config: Config): ConfigIssue[] {
  return [
    ...orderIssues(config),
    ...clickhouseIssues(config),
    ...retentionIssues(config),
    ...accessIssues(config),
    ...authenticationIssues(config),
    ...tenantLimitIssues(config),
    ...tracesIssues(config),
  ]
}

function orderIssues(config: Config): ConfigIssue[] {
  return AT_MOST.flatMap(({ smaller, bigger, why }) => {
    const low = valueAt(config, smaller) as number
    const high = valueAt(config, bigger) as number
    if (low <= high) return []
    const show = (path: ConfigPath, value: number): string =>
      /bytes/i.test(String(path.at(-1))) ? formatBytes(value) : `${value}`
    return [
      {
        path: smaller,
        message: `${show(smaller, low)} is more than ${formatPath(bigger)} (${show(bigger, high)}); ${why}`,
      },
    ]
  })
}

function clickhouseIssues({ clickhouse, query }: Config): ConfigIssue[] {
  if (clickhouse.mode === 'embedded') {
    if (query.memoryBytesMax < clickhouse.memoryBytesMax) return []
    const message = `${formatBytes(query.memoryBytesMax)} is not less than clickhouse.embedded.memoryBytesMax (${formatBytes(clickhouse.memoryBytesMax)}); one query must leave memory for inserts`
    return [{ path: ['query', 'memoryBytesMax'], message }]
  }
  const { tls } = clickhouse
  const issues: ConfigIssue[] = []
  if (clickhouse.database === 'default' || clickhouse.database === 'system')
    issues.push({
      path: ['clickhouse', 'database'],
      message: `"${clickhouse.database}" belongs to ClickHouse; name a database of Weir's own, such as weir`,
    })
  if (tls && (tls.cert === undefined) !== (tls.key === undefined))
    issues.push({ path: ['clickhouse', 'tls'], message: 'cert and key go together; one of them is missing' })
  if (tls && clickhouse.url.startsWith('http:'))
    issues.push({
      path: ['clickhouse', 'tls'],
      message: 'clickhouse.url says http:, where tls has no effect; write https:',
    })
  return issues
}

function retentionIssues({ retention: { classes, defaultDays, policies } }: Config): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  if (classes.some((days, i) => i > 0 && days <= classes[i - 1]!))
    issues.push({ path: ['retention', 'classes'], message: 'the classes must rise from one to the next' })
  if (!classes.includes(defaultDays))
    issues.push({
      path: ['retention', 'defaultDays'],
      message: `${defaultDays} is not one of retention.classes (${classes.join(', ')})`,
    })
  const longest = Math.max(...classes)
  policies.forEach(({ tenant, namespace, service, days }, index) => {
    const path = ['retention', 'policies', index]
    if (days > longest)
      issues.push({
        path: [...path, 'days'],
        message: `${days} is more than the longest of retention.classes (${longest}); add a class`,
      })
    if (tenant === undefined && namespace === undefined && service === undefined)
      issues.push({
        path,
        message:
          'it names no tenant, namespace or service; for everything else there is retention.defaultDays',
      })
  })
  return issues
}

function accessIssues({ credentials, tenancy }: Config): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  const names = new Map<string, number>()
  const digests = new Map<string, number>()
  credentials.forEach(({ name, tokenSha256, tenants }, index) => {
    const path = ['credentials', index]
    const sameName = names.get(name)
    if (sameName !== undefined)
      issues.push({
        path: [...path, 'name'],
        message: `"${name}" is the name of credentials[${sameName}] already`,
      })
    const sameToken = digests.get(tokenSha256.reveal())
    if (sameToken !== undefined)
      issues.push({ path, message: `it has the token of credentials[${sameToken}]; each needs its own` })
    if (tenancy.mode === 'multi' && tenants !== '*' && tenants.length === 0)
      issues.push({
        path: [...path, 'tenants'],
        message: "missing; with tenancy: multi expected a list of tenants, or '*' for all",
      })
    names.set(name, index)
    digests.set(tokenSha256.reveal(), index)
  })
  return issues
}

function authenticationIssues({ jwt, authCallback, api }: Config): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  if (jwt && (jwt.jwksUrl === undefined) === (jwt.keys === undefined))
    issues.push({ path: ['jwt'], message: 'exactly one of jwksUrl and keys' })
  if (authCallback?.token !== undefined && carriesCredential(authCallback))
    issues.push({
      path: ['authCallback', 'token'],
      message:
        'header carries the credential in Authorization, where this token goes; name another header, or a cookie',
    })
  if (api.credentialCookie !== undefined && jwt === undefined && authCallback === undefined)
    issues.push({
      path: ['api', 'credentialCookie'],
      message: 'nobody reads it; a cookie is a credential of jwt or authCallback',
    })
  return issues
}

/** Whether the credential itself takes the Authorization header. */
function carriesCredential({ header, cookie }: NonNullable<Config['authCallback']>): boolean {
  return cookie === undefined && header.toLowerCase() === 'authorization'
}

function tenantLimitIssues({ query, clickhouse }: Config): ConfigIssue[] {
  return Object.entries(query.tenants).flatMap(([tenant, { concurrentMax, memoryBytesMax }]) => {
    const path = ['query', 'tenants', tenant]
    const issues: ConfigIssue[] = []
    if (!isTenantId(tenant)) issues.push({ path, message: `is no tenant: a tenant has ${TENANT_RULE}` })
    if (concurrentMax !== undefined && concurrentMax > query.concurrentMax)
      issues.push({
        path: [...path, 'concurrentMax'],
        message: `${concurrentMax} is more than query.concurrentMax (${query.concurrentMax}); no tenant can have more than all`,
      })
    if (
      clickhouse.mode === 'embedded' &&
      memoryBytesMax !== undefined &&
      memoryBytesMax >= clickhouse.memoryBytesMax
    )
      issues.push({
        path: [...path, 'memoryBytesMax'],
        message: `${formatBytes(memoryBytesMax)} is not less than clickhouse.embedded.memoryBytesMax (${formatBytes(clickhouse.memoryBytesMax)}); one query must leave memory for inserts`,
      })
    return issues
  })
}

function tracesIssues({ telemetry, listen, ingest }: Config): ConfigIssue[] {
  if (telemetry.traces.endpoint !== 'self') return []
  const path = ['telemetry', 'traces', 'endpoint']
  if (listen.grpc === null)
    return [{ path, message: 'self is the listener listen.grpc, which is off; turn it on, or name a URL' }]
  if (ingest.tls?.clientCa !== undefined)
    return [
      {
        path,
        message:
          'with ingest.tls.clientCa the listener asks for a client certificate, and self has none; name a URL',
      },
    ]
  return []
}
