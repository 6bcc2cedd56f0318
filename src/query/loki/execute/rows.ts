import type { LogEntry, LogRecord } from '../../logql/record.ts'
import { timeNs } from '../../logql/record.ts'
import { type LogRow, columns as recordColumns } from '../../logs/page-statement.ts'
import type { RowPosition } from '../../pages/row-order.ts'
import { type Fragment, sql } from '../../sql/fragment.ts'
import type { Source } from '../../sql/source.ts'
import type { LabelMapping, RowFacts } from './labels.ts'
import type { SelectedResource, Selection } from './selection.ts'
import type { Entry } from './types.ts'

/** What every read of rows needs. `low` and `high` are the words of the time: the evaluator takes no 64-bit number. */
type Placed = {
  readonly tenant: string
  readonly high: number
  readonly low: number
  readonly seq: string
  readonly gatewayId: string
  readonly fingerprint: string
}
export type StoredRow = Placed &
  RowFacts & {
    /** Nanoseconds, where it was asked for. */
    readonly sourceTime?: string
  }

/** Columns beside those that every read needs. */
export type MoreColumns = {
  /** Those of the native API's records. */
  readonly whole: boolean
  readonly sourceTime: boolean
}

/** The columns of {@link StoredRow}. */
export function rowColumns(logs: Source, { whole, sourceTime }: MoreColumns): Record<string, Fragment> {
  const { column } = logs
  const nanos = sql`toUnixTimestamp64Nano(${column('Timestamp')})`
  const all = recordColumns(logs)
  const pick = (name: keyof LogRow): Record<string, Fragment> => ({ [name]: all[name]! })
  return {
    tenant: column('TenantId'),
    high: sql`toInt32(bitShiftRight(${nanos}, 32))`,
    low: sql`toUInt32(bitAnd(${nanos}, 4294967295))`,
    ...(whole
      ? all
      : {
          ...pick('seq'),
          ...pick('gatewayId'),
          ...pick('fingerprint'),
          ...pick('body'),
          ...pick('keys'),
          ...pick('values'),
          ...pick('scopeName'),
          ...pick('scopeVersion'),
          ...pick('scopeKeys'),
          ...pick('scopeValues'),
          ...pick('scopeDropped'),
          ...pick('flags'),
          ...pick('severityNumber'),
          ...pick('severityText'),
          ...pick('observedTime'),
          ...pick('eventName'),
          ...pick('dropped'),
        }),
    ...(sourceTime ? pick('sourceTime') : {}),
    traceId: logs.idText('TraceId'),
    spanId: logs.idText('SpanId'),
  }
}

/** A stored row as the evaluator reads it. */
export type StoredRecord = LogRecord & { readonly row: StoredRow; readonly resource: SelectedResource }

export class RecordMaker {
  readonly #selection: Pick<Selection, 'find'>
  readonly #labels: LabelMapping

  constructor(selection: Pick<Selection, 'find'>, labels: LabelMapping) {
    this.#selection = selection
    this.#labels = labels
  }

  /** Undefined for a row whose resource is none of the selection's. */
  make(row: StoredRow): StoredRecord | undefined {
    const resource = this.#selection.find(row.tenant, row.fingerprint)
    if (resource === undefined) return undefined
    return {
      timeHigh: row.high,
      timeLow: row.low,
      line: row.body,
      stream: resource.stream,
      metadata: this.#labels.metadataOf(row, resource.metadata),
      row,
      resource,
    }
  }
}

export function positionOf({ high, low, seq, gatewayId }: StoredRow): RowPosition {
  return { timestamp: timeNs({ timeHigh: high, timeLow: low }), seq: BigInt(seq), gatewayId }
}

/** An entry with where it came from. */
export class StoredEntry implements Entry {
  readonly timeHigh: number
  readonly timeLow: number
  readonly line: string
  readonly stream: LogEntry['stream']
  readonly metadata: LogEntry['metadata']
  readonly parsed: LogEntry['parsed']
  readonly tenantId: string
  readonly row: LogRow | undefined
  readonly stored: StoredRecord

  constructor(entry: LogEntry, stored: StoredRecord, withRow: boolean) {
    this.timeHigh = entry.timeHigh
    this.timeLow = entry.timeLow
    this.line = entry.line
    this.stream = entry.stream
    this.metadata = entry.metadata
    this.parsed = entry.parsed
    this.tenantId = stored.row.tenant
    this.row = withRow ? (stored.row as unknown as LogRow) : undefined
    this.stored = stored
  }

  /** Computed when asked for: few entries' places are. */
  get position(): RowPosition {
    return positionOf(this.stored.row)
  }
}

/** Bytes that a row is held in, about. */
export function sizeOf({ body, values }: StoredRow): number {
  let size = 400 + body.length
  for (let i = 0; i < values.length; i++) size += values[i]!.length
  return size
}
