import { type ClickHouse, rows } from './clickhouse.ts'
import { RARE_WORD, tenantName } from './generate.ts'

/** What the query set asks for: one tenant's names and times, taken from the rows themselves. */
export type Subject = {
  readonly label: string
  readonly tenant: string
  readonly app: string
  readonly service: string
  readonly pod: string
  readonly trace: string
  /** End of every time range: after the newest row. Nanoseconds. */
  readonly end: bigint
}

/** Picks the second largest app with a service.name of the tenant of that rank, its newest pod and one of its traces. */
export async function pickSubject(clickhouse: ClickHouse, table: string, rank: number): Promise<Subject> {
  const tenant = tenantName(rank)
  const [app] = await rows<{ AppId: string; service: string }>(
    clickhouse,
    `SELECT AppId, any(ServiceName) AS service FROM ${table} WHERE TenantId = '${tenant}' AND ServiceName != '' AND TraceFlags = 1
     GROUP BY AppId ORDER BY count() DESC LIMIT 1, 1`,
  )
  if (app === undefined) throw new Error(`tenant ${tenant} has fewer than two traced apps in ${table}`)
  const [newest] = await rows<{ pod: string; trace: string }>(
    clickhouse,
    `SELECT argMax(Pod, Timestamp) AS pod, argMin(lower(hex(TraceId)), abs(toUnixTimestamp(Timestamp) - toUnixTimestamp(now()))) AS trace
     FROM ${table} WHERE TenantId = '${tenant}' AND AppId = '${app.AppId}'`,
  )
  const [last] = await rows<{ end: string }>(
    clickhouse,
    `SELECT toString(toUnixTimestamp64Nano(max(Timestamp)) + 1) AS end FROM ${table}`,
  )
  return {
    label: `rank ${rank}`,
    tenant,
    app: app.AppId,
    service: app.service,
    pod: newest!.pod,
    trace: newest!.trace,
    end: BigInt(last!.end),
  }
}

export type Query = {
  readonly name: string
  readonly where: string
  readonly kind: 'newest' | 'newest by time alone' | 'histogram'
  readonly limit: number
}

const MINUTE = 60_000_000_000n
const HOUR = 60n * MINUTE

/**
 * The query set of the read path. `hourKey`: the sort key holds toStartOfHour(Timestamp), which ClickHouse
 * doesn't derive from a range of a DateTime64, so the builder has to say it too.
 */
export function querySet(subject: Subject, hourKey: string | undefined): ReadonlyArray<Query> {
  const range = (nanos: bigint) => {
    const from = `fromUnixTimestamp64Nano(${subject.end - nanos}, 'UTC')`
    const to = `fromUnixTimestamp64Nano(${subject.end}, 'UTC')`
    const bounds = `Timestamp >= ${from} AND Timestamp < ${to}`
    if (hourKey === undefined) return bounds
    const bucket = (time: string) => hourKey.replace('Timestamp', time)
    return `${bounds} AND ${hourKey} >= ${bucket(from)} AND ${hourKey} <= ${bucket(to)}`
  }
  const tenant = `TenantId = '${subject.tenant}'`
  const app = `AppId = '${subject.app}'`
  const newest = (name: string, where: string, limit = 100): Query => ({ name, where, kind: 'newest', limit })
  return [
    newest('latest 100 of a tenant, 24 h', `${tenant} AND ${range(24n * HOUR)}`),
    {
      name: 'latest 100 of a tenant, 24 h, ORDER BY Timestamp alone',
      where: `${tenant} AND ${range(24n * HOUR)}`,
      kind: 'newest by time alone',
      limit: 100,
    },
    newest('latest 100 of a tenant, 5 min', `${tenant} AND ${range(5n * MINUTE)}`),
    newest('latest 1000 of a tenant, 15 min', `${tenant} AND ${range(15n * MINUTE)}`, 1000),
    newest('app, 1 h', `${tenant} AND ${app} AND ${range(HOUR)}`),
    newest('service, 1 h', `${tenant} AND ServiceName = '${subject.service}' AND ${range(HOUR)}`),
    newest('pod, 6 h', `${tenant} AND Pod = '${subject.pod}' AND ${range(6n * HOUR)}`),
    newest(
      'pod, its app known, 6 h',
      `${tenant} AND ${app} AND Pod = '${subject.pod}' AND ${range(6n * HOUR)}`,
    ),
    newest('rare word, 24 h', `${tenant} AND lower(Body) LIKE '%${RARE_WORD}%' AND ${range(24n * HOUR)}`),
    newest('trace id', `${tenant} AND lower(hex(TraceId)) = '${subject.trace}'`),
    {
      name: 'count per 5 min, 24 h',
      where: `${tenant} AND ${range(24n * HOUR)}`,
      kind: 'histogram',
      limit: 0,
    },
  ]
}

export function querySql(query: Query, table: string): string {
  if (query.kind === 'histogram')
    return `SELECT toStartOfInterval(Timestamp, INTERVAL 5 MINUTE) AS at, SeverityText, count() FROM ${table} WHERE ${query.where} GROUP BY at, SeverityText ORDER BY at`
  const order = query.kind === 'newest' ? 'Timestamp DESC, Seq DESC, GatewayId DESC' : 'Timestamp DESC'
  return `SELECT * FROM ${table} WHERE ${query.where} ORDER BY ${order} LIMIT ${query.limit}`
}
