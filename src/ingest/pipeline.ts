import { hash as digest } from 'node:crypto'
import type { Batch, Signal } from '../otlp/batch.ts'
import { MalformedError } from '../otlp/malformed.ts'
import type { Outcomes } from '../otlp/outcomes.ts'
import { Refusal } from '../otlp/refusal.ts'
import { newBatch, type ScanLimits, scanRequest, TooManyRecordsError } from '../otlp/scan/index.ts'
import { fingerprintSeries } from '../otlp/series/fingerprint.ts'
import { type Answer, RefusedError, type RequestHash, type Store } from '../store/store.ts'
import { awaited, inSpan } from '../telemetry/tracing.ts'
import type { WriteTenancy } from '../tenancy/write.ts'
import type { ExportHandler, ExportRequest } from './receiver.ts'
import { scanOutcomes } from './scan-faults.ts'

/** What the pipeline needs of the configured processors. */
export type Rules = {
  process(batch: Batch, commit: number): void
  /** The batch that was processed last has joined the commit. */
  joined(batch: Batch, commit: number): void
}

export type PipelineParts = {
  readonly store: Store
  readonly tenancy: WriteTenancy
  /** The rules in force. A reload swaps what is behind it between two requests. */
  readonly rules: Rules
  readonly outcomes: Outcomes
  readonly limits: ScanLimits
  readonly nowMs: () => number
  readonly events: {
    readonly repeated: (signal: Signal) => void
    readonly invalidUtf8: (signal: Signal, values: number) => void
  }
}

const ACCEPTED: Answer = Object.freeze({ rejected: 0, message: '' })
const HASH_BYTES = 16
const WAIT_FOR_COMMIT = { name: 'wait for commit' }
const WAIT_FOR_FIRST = { name: 'wait for the same request' }

/**
 * The way of one request through the gateway: known already? → scan → tenants → rules → the open commit → durable.
 * From the scan to the commit it is synchronous, so one batch per signal is reused and nothing comes between.
 */
export function createPipeline(parts: PipelineParts): ExportHandler {
  const { store, tenancy, limits, nowMs, events } = parts
  const outcomes = scanOutcomes(parts.outcomes, limits)
  const batches = new Map<Signal, Batch>()

  const take = (request: ExportRequest): Promise<Answer> => {
    const { signal, body, caller, tenantHeader, span } = request
    const hash = requestHash(signal, tenancy.identity(caller, tenantHeader), body)
    const repeated = store.repeated(hash)
    if (repeated !== undefined) {
      events.repeated(signal)
      return awaited(span, WAIT_FOR_FIRST, repeated)
    }
    store.admit()
    let batch = batches.get(signal)
    if (batch === undefined) {
      batch = newBatch(signal)
      batches.set(signal, batch)
    }
    // A closure per request: what is inside stays synchronous.
    const scanned = batch
    inSpan(span, 'scan', () => scanRequest(scanned, body, limits, outcomes))
    if (batch.records.count === 0) return Promise.resolve(ACCEPTED)
    tenancy.assignTenants(batch, caller, tenantHeader)
    if (signal === 'metrics') fingerprintSeries(batch)
    const commit = store.openCommit
    inSpan(span, 'rules', () => parts.rules.process(scanned, commit))
    if (batch.invalidUtf8Count > 0) events.invalidUtf8(signal, batch.invalidUtf8Count)
    span?.set({ 'weir.records': batch.records.count })
    const durable = store.append(batch, { hash, receivedMs: nowMs(), span })
    parts.rules.joined(batch, commit)
    return awaited(span, WAIT_FOR_COMMIT, durable)
  }

  return async (request) => {
    try {
      return await take(request)
    } catch (error) {
      throw toRefusal(error)
    }
  }
}

/**
 * Two requests with this hash are taken for the same one sent again. Cryptographic, because a tenant must not be
 * able to make another request look like one it has seen.
 */
export function requestHash(signal: Signal, identity: string, body: Buffer): RequestHash {
  // The body's own digest first: the one-shot form is the fastest way over many bytes, and there is no copy.
  const bodyDigest = digest('sha256', body, 'buffer')
  const named = Buffer.concat([Buffer.from(`${signal}\0${identity}\0`), bodyDigest])
  return digest('sha256', named, 'buffer').toString('latin1', 0, HASH_BYTES)
}

function toRefusal(error: unknown): unknown {
  if (error instanceof MalformedError) return new Refusal('malformed', error.message, 0, { cause: error })
  if (error instanceof TooManyRecordsError)
    return new Refusal('too_large', error.message, 0, { cause: error })
  if (error instanceof RefusedError)
    return new Refusal(
      error.reason === 'stopping' || error.reason === 'commit_failed' ? 'unavailable' : 'overloaded',
      error.message,
      error.retryAfterMs,
      { cause: error },
    )
  return error
}
