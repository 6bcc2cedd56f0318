import { Batch, type Signal } from '../batch.ts'
import { LOG, POINT, SPAN } from '../slots.ts'
import type { ScanLimits, ScanOutcomes } from './limits.ts'
import { EXPORT_LOGS_SERVICE_REQUEST } from './logs.ts'
import type { Message } from './message.ts'
import { EXPORT_METRICS_SERVICE_REQUEST } from './metrics.ts'
import { Scanner } from './scanner.ts'
import { EXPORT_TRACE_SERVICE_REQUEST } from './traces.ts'

export {
  SCAN_FAULTS,
  type ScanFault,
  type ScanLimits,
  type ScanOutcomes,
  TooManyRecordsError,
} from './limits.ts'

/** One line per signal: the message of its requests, and how wide a record is in the batch. */
const SIGNALS: Readonly<Record<Signal, { readonly request: Message; readonly stride: number }>> = {
  logs: { request: EXPORT_LOGS_SERVICE_REQUEST, stride: LOG.stride },
  traces: { request: EXPORT_TRACE_SERVICE_REQUEST, stride: SPAN.stride },
  metrics: { request: EXPORT_METRICS_SERVICE_REQUEST, stride: POINT.stride },
}

/** The message type of a signal's export requests. */
export function requestMessage(signal: Signal): Message {
  return SIGNALS[signal].request
}

/** A batch for the requests of a signal; one is reused for request after request. */
export function newBatch(signal: Signal): Batch {
  return new Batch(signal, SIGNALS[signal].stride)
}

const scanner = new Scanner()

/**
 * Scans the protobuf bytes of an Export…ServiceRequest (decompressed) into a batch of its signal, which begins anew and
 * then points into `bytes`: the caller leaves them alone while the batch lives.
 *
 * Synchronous. Throws {@link import('../malformed.ts').MalformedError} for bytes that are no such message and
 * `TooManyRecordsError` past `limits.recordsPerRequestMax`; nothing of such a request is taken. A record that
 * can't be taken alone (see {@link ScanOutcomes}; also for what is wrong with its resource, scope, metric, or with what
 * belongs to it) has its outcome's number in `batch.verdicts`; its offending ids and attributes are absent.
 */
export function scanRequest(batch: Batch, bytes: Buffer, limits: ScanLimits, outcomes: ScanOutcomes): void {
  scanner.scan(SIGNALS[batch.signal].request, batch, bytes, limits, outcomes)
}
