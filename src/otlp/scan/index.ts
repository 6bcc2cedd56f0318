import { Batch } from '../batch.ts'
import { LOG } from '../slots.ts'
import type { ScanLimits, ScanOutcomes } from './limits.ts'
import { EXPORT_LOGS_SERVICE_REQUEST } from './logs.ts'
import { Scanner } from './scanner.ts'

export { type ScanLimits, type ScanOutcomes, TooManyRecordsError } from './limits.ts'

/** A batch for log requests; one is reused for request after request. */
export function newLogBatch(): Batch {
  return new Batch('logs', LOG.stride)
}

const scanner = new Scanner(
  new Batch('logs', LOG.stride),
  { recordsPerRequestMax: 0, attributesPerRecordMax: 0 },
  { invalidTraceId: 0, invalidSpanId: 0, tooManyAttributes: 0 },
)

/**
 * Scans the protobuf bytes of an ExportLogsServiceRequest (decompressed) into `batch`, which begins anew and
 * then points into `bytes`: the caller leaves them alone while the batch lives.
 *
 * Synchronous. Throws {@link import('../malformed.ts').MalformedError} for bytes that are no such message and
 * `TooManyRecordsError` past `limits.recordsPerRequestMax`; nothing of such a request is taken. A record that
 * can't be taken alone (an id of the wrong length, more attributes than `limits.attributesPerRecordMax`, on it
 * or on its resource or scope) has its outcome's number in `batch.verdicts`; its offending fields are absent.
 */
export function scanLogs(batch: Batch, bytes: Buffer, limits: ScanLimits, outcomes: ScanOutcomes): void {
  scanner.scan(EXPORT_LOGS_SERVICE_REQUEST, batch, bytes, limits, outcomes)
}
