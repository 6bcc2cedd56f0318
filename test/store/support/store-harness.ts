import { createHash } from 'node:crypto'
import { defaultConfig } from '../../../src/config/schema.ts'
import type { Batch, Signal } from '../../../src/otlp/batch.ts'
import { Outcomes } from '../../../src/otlp/outcomes.ts'
import { newBatch, scanRequest } from '../../../src/otlp/scan/index.ts'
import { fingerprintSeries } from '../../../src/otlp/series/fingerprint.ts'
import type { Database } from '../../../src/store/database.ts'
import { signalKinds } from '../../../src/store/rows/kinds/index.ts'
import { nodeDisk, type SpoolDisk } from '../../../src/store/spool/files.ts'
import { SpoolStore } from '../../../src/store/spool-store.ts'
import type { Answer, RequestHash } from '../../../src/store/store.ts'
import type { StoreOptions } from '../../../src/store/store-options.ts'
import { StoreTraces } from '../../../src/store/store-traces.ts'
import type { Span, Tracing } from '../../../src/telemetry/tracing.ts'
import { encodeLogsRequest, type LogsRequest } from '../../otlp/proto.ts'
import { oneOutcome } from '../../otlp/scan-outcomes.ts'

export const LIMITS = { recordsPerRequestMax: 200_000, attributesPerRecordMax: 128 }

export type HarnessOptions = {
  directory: string
  database: Database
  disk?: SpoolDisk
  nowMs?: () => number
  gatewayId?: string
  ack?: 'spool' | 'clickhouse'
  spool?: Partial<StoreOptions['spool']>
  inserter?: Partial<StoreOptions['inserter']>
  retentionDaysOf?: StoreOptions['resources']['retentionDaysOf']
  tracing?: Tracing
}

/** A store with quick limits, fed with plain OTLP objects, and a record of what it reported. */
export class StoreHarness {
  readonly store: SpoolStore
  /** Of what its store and what is before it reject and drop. */
  readonly outcomes: Outcomes
  readonly failures: unknown[]
  readonly quarantined: string[]
  readonly checks: string[]
  readonly fatal: Promise<Error>
  readonly #batches = new Map<Signal, Batch>()
  readonly #nowMs: () => number

  private constructor(
    store: SpoolStore,
    outcomes: Outcomes,
    seen: Pick<StoreHarness, 'failures' | 'quarantined' | 'checks' | 'fatal'>,
    nowMs: () => number,
  ) {
    this.store = store
    this.outcomes = outcomes
    this.failures = seen.failures
    this.quarantined = seen.quarantined
    this.checks = seen.checks
    this.fatal = seen.fatal
    this.#nowMs = nowMs
  }

  static async open(options: HarnessOptions): Promise<StoreHarness> {
    const outcomes = new Outcomes()
    const nowMs = options.nowMs ?? Date.now
    const failures: unknown[] = []
    const quarantined: string[] = []
    const checks: string[] = []
    const fatal = Promise.withResolvers<Error>()
    const store = await SpoolStore.open(
      {
        gatewayId: options.gatewayId ?? 'testgateway',
        schemaVersion: 1,
        ack: options.ack ?? 'spool',
        resources: {
          appIdAttributes: ['loco.resource.id'],
          retentionDaysOf: options.retentionDaysOf ?? (() => 30),
        },
        resourceTtlDays: 30,
        spool: {
          commitIntervalMs: 5,
          commitBytesMax: 16 << 20,
          segmentBytesMax: 64 << 20,
          bytesMax: 1 << 30,
          freeBytesMin: 0,
          dedupWindowMs: 600_000,
          dedupRequestsMax: 100_000,
          ...options.spool,
        },
        inserter: {
          groupRowsMax: 100_000,
          groupBytesMax: 64 << 20,
          groupAgeMs: 20,
          thinGroupAgeMs: 20,
          concurrency: 2,
          attemptTimeoutMs: 20_000,
          retryMinMs: 10,
          retryMaxMs: 100,
          ...options.inserter,
        },
      },
      {
        disk: options.disk ?? nodeDisk,
        directory: options.directory,
        database: options.database,
        outcomes,
        signals: signalKinds(defaultConfig(), outcomes),
        nowMs,
        fatal: fatal.resolve,
        traces: options.tracing && new StoreTraces(options.tracing, options.database.name),
        events: {
          torn: (file, bytes) => failures.push(`torn ${file} ${bytes}`),
          failed: (message, error) => failures.push({ message, error }),
          attempted: () => undefined,
          presenceChecked: (_table, result) => checks.push(result),
          quarantined: (block, reason) => quarantined.push(`${block.table}: ${reason}`),
          committed: () => undefined,
          refused: () => undefined,
          written: () => undefined,
          clockCorrected: () => undefined,
        },
      },
    )
    return new StoreHarness(store, outcomes, { failures, quarantined, checks, fatal: fatal.promise }, nowMs)
  }

  /** Sends one request as the pipeline does; the same bytes of a tenant are the same request. */
  async send(
    request: LogsRequest | Buffer,
    receivedMs = this.#nowMs(),
    signal: Signal = 'logs',
    span?: Span,
    tenantId = 'default',
  ): Promise<Answer & { repeated?: true }> {
    const bytes = Buffer.isBuffer(request) ? request : encodeLogsRequest(request)
    const hash = hashOf(bytes, tenantId)
    const repeated = this.store.repeated(hash)
    if (repeated !== undefined) return { ...(await repeated), repeated: true }
    this.store.admit()
    const batch = this.#batches.get(signal) ?? newBatch(signal)
    this.#batches.set(signal, batch)
    scanRequest(batch, bytes, LIMITS, oneOutcome(1))
    batch.tenants.push(tenantId)
    if (signal === 'metrics') fingerprintSeries(batch)
    return this.store.append(batch, { hash, receivedMs, span })
  }

  /** Inserts everything and closes the spool. */
  stop(): Promise<void> {
    return this.store.stop(AbortSignal.timeout(30_000))
  }

  /** Closes the spool without inserting anything more. */
  stopNow(): Promise<void> {
    return this.store.stop(AbortSignal.abort())
  }
}

function hashOf(bytes: Buffer, tenantId: string): RequestHash {
  return createHash('sha256').update(tenantId).update('\0').update(bytes).digest().toString('latin1', 0, 16)
}

let counter = 0

/** A request of `count` records whose bodies are `<prefix> <n>`, all different from every other call's. */
export function request(
  prefix: string,
  count: number,
  options: { timeMs?: number; service?: string } = {},
): LogsRequest {
  const timeMs = options.timeMs ?? Date.now()
  return {
    resourceLogs: [
      {
        resource: {
          attributes: [{ key: 'service.name', value: { stringValue: options.service ?? 'shop' } }],
        },
        scopeLogs: [
          {
            logRecords: Array.from({ length: count }, (_, i) => ({
              timeUnixNano: BigInt(timeMs) * 1_000_000n + BigInt(i),
              severityNumber: 9,
              body: { stringValue: `${prefix} ${counter++}` },
            })),
          },
        ],
      },
    ],
  }
}

/** The bodies of a request, in order. */
export function bodiesOf(sent: LogsRequest): string[] {
  return (sent.resourceLogs ?? []).flatMap((resource) =>
    (resource.scopeLogs ?? []).flatMap((scope) =>
      (scope.logRecords ?? []).map((record) => record.body?.stringValue ?? ''),
    ),
  )
}
