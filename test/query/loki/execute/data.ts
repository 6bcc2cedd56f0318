import { defaultConfig } from '../../../../src/config/schema.ts'
import type { LogRange, MetricExpr } from '../../../../src/query/logql/ast.ts'
import { evaluateLogs } from '../../../../src/query/logql/logs.ts'
import {
  evaluateInstant,
  evaluateRange,
  type InstantResult,
  type MatrixSeries,
} from '../../../../src/query/logql/metrics/evaluate.ts'
import type { Grid, LogSource } from '../../../../src/query/logql/metrics/source.ts'
import { type LogEntry, type LogRecord, timeWords } from '../../../../src/query/logql/record.ts'
import { LabelMapping, type LabelOptions } from '../../../../src/query/loki/execute/labels.ts'
import type { LogsQuery, QueryRun } from '../../../../src/query/loki/execute/types.ts'
import type { Database } from '../../../../src/store/database.ts'

/** A resource as a test means it; its app is its service's name. */
export type TestResource = {
  readonly tenant: string
  readonly fingerprint: bigint
  readonly attributes: ReadonlyArray<readonly [string, string]>
}

/** A log record as a test means it. Ids are hex, zeros where absent. */
export type TestRecord = {
  readonly resource: TestResource
  readonly time: bigint
  readonly observed: bigint
  readonly body: string
  readonly severityText: string
  readonly severityNumber: number
  readonly traceId: string
  readonly flags: number
  readonly eventName: string
  readonly scopeName: string
  readonly scopeAttributes: ReadonlyArray<readonly [string, string]>
  readonly attributes: ReadonlyArray<readonly [string, string]>
}

export const NO_TRACE = '0'.repeat(32)

export function testRecord(record: Partial<TestRecord> & Pick<TestRecord, 'resource' | 'time'>): TestRecord {
  return {
    observed: 0n,
    body: '',
    severityText: '',
    severityNumber: 0,
    traceId: NO_TRACE,
    flags: 0,
    eventName: '',
    scopeName: '',
    scopeAttributes: [],
    attributes: [],
    ...record,
  }
}

const LOG_INPUT = `tenant String, app String, time Int64, observed Int64, seq UInt64, fingerprint UInt64, trace String,
  flags UInt32, severity String, number Int32, body String, event String, scope String, scopeKeys Array(String),
  scopeValues Array(String), keys Array(String), vals Array(String)`

function appOf({ attributes }: TestResource): string {
  return attributes.find(([key]) => key === 'service.name')?.[1] ?? ''
}

const lines = (rows: ReadonlyArray<unknown>): string => rows.map((row) => JSON.stringify(row)).join('\n')

/** Stores records, in this order of receipt, and their resources of each day, by plain SQL. */
export async function store(writer: Database, records: ReadonlyArray<TestRecord>): Promise<void> {
  // The same rows are stored more than once, when a counterexample is made smaller.
  await writer.command(`TRUNCATE TABLE ${writer.name}.logs`)
  await writer.command(`TRUNCATE TABLE ${writer.name}.resources`)
  if (records.length === 0) return
  const days = new Map<string, unknown>()
  const rows = records.map((record, seq) => {
    const { resource, time } = record
    const day = Number(time / 86_400_000_000_000n)
    const { tenant, fingerprint } = resource
    const app = appOf(resource)
    days.set(`${tenant} ${fingerprint} ${day}`, {
      tenant,
      fingerprint: String(fingerprint),
      day,
      app,
      keys: resource.attributes.map(([key]) => key),
      vals: resource.attributes.map(([, value]) => value),
    })
    return {
      tenant,
      app,
      time: String(time),
      observed: String(record.observed),
      seq,
      fingerprint: String(fingerprint),
      trace: record.traceId,
      flags: record.flags,
      severity: record.severityText,
      number: record.severityNumber,
      body: record.body,
      event: record.eventName,
      scope: record.scopeName,
      scopeKeys: record.scopeAttributes.map(([key]) => key),
      scopeValues: record.scopeAttributes.map(([, value]) => value),
      keys: record.attributes.map(([key]) => key),
      vals: record.attributes.map(([, value]) => value),
    }
  })
  await writer.command(
    `INSERT INTO ${writer.name}.resources (TenantId, ResourceFingerprint, Day, RetentionDays, AppId, Attributes)
     SELECT tenant, fingerprint, toDate(day), 10000, app, mapFromArrays(keys, vals)
     FROM input('tenant String, fingerprint UInt64, day UInt32, app String, keys Array(String), vals Array(String)')
     FORMAT JSONEachRow\n${lines([...days.values()])}`,
  )
  await writer.command(
    `INSERT INTO ${writer.name}.logs (TenantId, AppId, Timestamp, ObservedTimestamp, SourceTime, ResourceFingerprint, GatewayId, Seq,
       RetentionDays, TraceId, TraceFlags, SeverityText, SeverityNumber, Body, BodyType, EventName, ScopeName, ScopeAttributes, LogAttributes)
     SELECT tenant, app, fromUnixTimestamp64Nano(time, 'UTC'), fromUnixTimestamp64Nano(observed, 'UTC'),
       fromUnixTimestamp64Nano(time, 'UTC'), fingerprint, 'gw', seq, 10000, unhex(trace), flags, severity, number, body, 's', event,
       scope, mapFromArrays(scopeKeys, scopeValues), mapFromArrays(keys, vals)
     FROM input('${LOG_INPUT}') SETTINGS async_insert = 0, insert_deduplicate = 0, max_partitions_per_insert_block = 1000 FORMAT JSONEachRow\n${lines(rows)}`,
  )
}

/** What the evaluator makes of the records themselves: the truth that execution is held to. */
export class Truth {
  readonly #records: ReadonlyArray<LogRecord>

  constructor(records: ReadonlyArray<TestRecord>, tenants: ReadonlyArray<string>, options: LabelOptions) {
    const mapping = new LabelMapping(options)
    this.#records = records
      .map((record, seq) => ({ record, seq }))
      .filter(({ record }) => tenants.includes(record.resource.tenant))
      .sort((a, b) =>
        a.record.time < b.record.time ? -1 : a.record.time > b.record.time ? 1 : a.seq - b.seq,
      )
      .map(({ record }) => recordOf(mapping, record, tenants.length > 1))
  }

  logs({ expr, startNs, endNs, direction, limit }: LogsQuery): Promise<LogEntry[]> {
    const inRange = this.#between(startNs - 1n, endNs - 1n)
    return evaluateLogs(expr, [direction === 'backward' ? inRange.reverse() : inRange], limit ?? Infinity)
  }

  instant(expr: MetricExpr, timeNs: bigint): Promise<InstantResult> {
    return evaluateInstant(expr, timeNs, this.#source())
  }

  range(expr: MetricExpr, grid: Grid): Promise<MatrixSeries[]> {
    return evaluateRange(expr, grid, this.#source())
  }

  #source(): LogSource {
    return { open: (_range: LogRange, fromNs, toNs) => [this.#between(fromNs, toNs)] }
  }

  /** (fromNs, toNs] */
  #between(fromNs: bigint, toNs: bigint): LogRecord[] {
    return this.#records.filter((record) => {
      const time = (BigInt(record.timeHigh) << 32n) | BigInt(record.timeLow)
      return time > fromNs && time <= toNs
    })
  }
}

const resourceLabels = new WeakMap<TestResource, ReturnType<LabelMapping['ofResource']>>()

function recordOf(mapping: LabelMapping, record: TestRecord, severalTenants: boolean): LogRecord {
  const { resource } = record
  let labels = resourceLabels.get(resource)
  if (labels === undefined || labels.stream.has('__tenant_id__') !== severalTenants) {
    const facts = {
      appId: appOf(resource),
      keys: resource.attributes.map(([key]) => key),
      values: resource.attributes.map(([, value]) => value),
      dropped: 0,
    }
    labels = mapping.ofResource(facts, severalTenants ? resource.tenant : undefined)
    resourceLabels.set(resource, labels)
  }
  const metadata = mapping.metadataOf(
    {
      body: record.body,
      keys: record.attributes.map(([key]) => key),
      values: record.attributes.map(([, value]) => value),
      scopeName: record.scopeName,
      scopeVersion: '',
      scopeKeys: record.scopeAttributes.map(([key]) => key),
      scopeValues: record.scopeAttributes.map(([, value]) => value),
      scopeDropped: 0,
      traceId: record.traceId === NO_TRACE ? '' : record.traceId,
      spanId: '',
      flags: record.flags,
      severityNumber: record.severityNumber,
      severityText: record.severityText,
      observedTime: String(record.observed),
      eventName: record.eventName,
      dropped: 0,
    },
    labels.metadata,
  )
  return { ...timeWords(record.time), line: record.body, stream: labels.stream, metadata }
}

export function testRun(signal: AbortSignal = new AbortController().signal): QueryRun {
  return { requestId: 'test', signal, limits: defaultConfig().query }
}
