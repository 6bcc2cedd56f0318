import type { LogExpr, MetricExpr } from '../../src/query/logql/ast.ts'
import { parse } from '../../src/query/logql/parse.ts'
import type { LokiExecutor, QueryRun, QueryStats } from '../../src/query/loki/execute/types.ts'
import type { Database } from '../../src/store/database.ts'
import { RARE_WORD } from '../schema/generate.ts'
import { EXPORTER_TABLE } from './data.ts'

/** What one run of a query gave: rows of its answer, and rows that ClickHouse read. */
export type Outcome = { readonly answered: number; readonly rowsRead: number; readonly plan: string }

export type Case = {
  readonly name: string
  ours(executor: LokiExecutor, run: QueryRun): Promise<Outcome>
  /** The same question to the exporter's table, asked as its columns and indexes want it. */
  exporter(database: Database): Promise<Outcome>
}

export type Subject = {
  readonly tenantId: string
  readonly service: string
  readonly jobId: string
  readonly endNs: bigint
}

const MINUTE = 60_000_000_000n
const HOUR = 60n * MINUTE

const planOf = ({ plan }: QueryStats): string =>
  plan.map(({ where, stagesInSql, stages }) => `${where} ${stagesInSql}/${stages}`).join(', ')

/** Every question is about one tenant; the exporter has it as an attribute of the resource. */
export function casesOf({ tenantId, service, jobId, endNs }: Subject): Case[] {
  const table = EXPORTER_TABLE
  const within = (range: bigint): string => {
    const from = `fromUnixTimestamp64Nano(toInt64(${endNs - range}))`
    const to = `fromUnixTimestamp64Nano(toInt64(${endNs}))`
    return `toStartOfFiveMinutes(Timestamp) >= toStartOfFiveMinutes(${from}) AND toStartOfFiveMinutes(Timestamp) <= ${to}
      AND Timestamp >= ${from} AND Timestamp < ${to} AND ResourceAttributes['loco.workspace.id'] = '${tenantId}'`
  }
  const newest = (where: string, limit: number): string =>
    `SELECT * FROM ${table} WHERE ${where} ORDER BY Timestamp DESC LIMIT ${limit}`

  const logsCase = (name: string, query: string, range: bigint, limit: number, where: string): Case => ({
    name,
    async ours(executor, run) {
      const expr = parse(query) as LogExpr
      const asked = {
        tenantIds: [tenantId],
        expr,
        startNs: endNs - range,
        endNs,
        direction: 'backward' as const,
        limit,
      }
      const result = executor.runLogs(asked, run)
      let answered = 0
      for await (const batch of result) answered += batch.length
      return { answered, rowsRead: result.stats().rowsRead, plan: planOf(result.stats()) }
    },
    exporter: (database) => counted(database, newest(`${within(range)}${where}`, limit)),
  })
  const metricCase = (name: string, query: string, range: bigint, step: bigint, sql: string): Case => ({
    name,
    async ours(executor, run) {
      const asked = {
        tenantIds: [tenantId],
        expr: parse(query) as MetricExpr,
        startNs: endNs - range + step,
        endNs,
        stepNs: step,
      }
      const { value, stats } = await executor.runRange(asked, run)
      return { answered: value.length, rowsRead: stats.rowsRead, plan: planOf(stats) }
    },
    exporter: (database) => counted(database, sql),
  })

  const all = '{k8s_cluster_name=~".+"}'
  const step = 5n * MINUTE
  const perStep = (what: string, group: string, where = ''): string =>
    `SELECT toStartOfInterval(Timestamp, INTERVAL 5 MINUTE) AS at, ${group} AS g, ${what} FROM ${table}
     WHERE ${within(24n * HOUR)}${where} GROUP BY at, g ORDER BY at`
  return [
    logsCase('15 min, newest 1,000 lines', all, 15n * MINUTE, 1000, ''),
    logsCase('24 h, newest 1,000 lines', all, 24n * HOUR, 1000, ''),
    logsCase(
      'service, 1 h, newest 1,000 lines',
      `{service_name="${service}"}`,
      HOUR,
      1000,
      ` AND ServiceName = '${service}'`,
    ),
    logsCase(
      'rare word, 24 h',
      `${all} |= "${RARE_WORD}"`,
      24n * HOUR,
      1000,
      ` AND lower(Body) LIKE '%${RARE_WORD}%'`,
    ),
    logsCase(
      'an id in its sentence, 24 h',
      `${all} |= " job ${jobId} to run"`,
      24n * HOUR,
      1000,
      ` AND Body LIKE '% job ${jobId} to run%' AND hasAllTokens(lower(Body), ['${jobId}', 'to'])`,
    ),
    logsCase(
      'regex, 24 h',
      `${all} |~ "attempt [34] of"`,
      24n * HOUR,
      1000,
      ` AND match(Body, 'attempt [34] of')`,
    ),
    logsCase(
      'level, 24 h',
      `${all} | severity_text="ERROR"`,
      24n * HOUR,
      1000,
      ` AND SeverityText = 'ERROR'`,
    ),
    logsCase(
      'json field, 24 h',
      `${all} | json | attempt="4"`,
      24n * HOUR,
      1000,
      ` AND JSONExtractString(Body, 'attempt') = '4' OR (${within(24n * HOUR)} AND JSONExtractInt(Body, 'attempt') = 4)`,
    ),
    metricCase(
      'log volume by level, 24 h',
      `sum by (level, detected_level) (count_over_time(${all} [5m]))`,
      24n * HOUR,
      step,
      perStep('count()', 'SeverityText'),
    ),
    metricCase(
      'log volume by severity_text, 24 h',
      `sum by (severity_text) (count_over_time(${all} [5m]))`,
      24n * HOUR,
      step,
      perStep('count()', 'SeverityText'),
    ),
    metricCase(
      'rate by service, 24 h',
      `sum by (service_name) (rate(${all} [5m]))`,
      24n * HOUR,
      step,
      perStep('count() / 300', 'ServiceName'),
    ),
    metricCase(
      'bytes of one word by service, 24 h',
      `sum by (service_name) (bytes_over_time(${all} |= "timeout" [5m]))`,
      24n * HOUR,
      step,
      perStep('sum(length(Body))', 'ServiceName', ` AND position(Body, 'timeout') > 0`),
    ),
    metricCase(
      'quantile of an attribute, 24 h',
      `quantile_over_time(0.95, ${all} | unwrap duration_ms [5m]) by (service_name)`,
      24n * HOUR,
      step,
      perStep(`quantileExactInclusive(0.95)(toFloat64OrNull(LogAttributes['duration_ms']))`, 'ServiceName'),
    ),
  ]
}

/** The answer is read and parsed, as ours is. */
async function counted(database: Database, sql: string): Promise<Outcome> {
  let answered = 0
  let rowsRead = 0
  const onRead = (rows: number): void => {
    rowsRead = rows
  }
  for await (const rows of database.stream<unknown>(sql, undefined, { onRead })) answered += rows.length
  return { answered, rowsRead, plan: '' }
}
