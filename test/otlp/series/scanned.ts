import type { Batch } from '../../../src/otlp/batch.ts'
import { newBatch, scanRequest } from '../../../src/otlp/scan/index.ts'
import { fingerprintSeries } from '../../../src/otlp/series/fingerprint.ts'
import { POINT } from '../../../src/otlp/slots.ts'
import { encodeMetricsRequest, type MetricsRequest } from '../proto.ts'
import { SCAN_OUTCOMES } from '../scan-outcomes.ts'
import { fingerprintText } from './reference.ts'

/** The fingerprints that the code under test gives. */

export const ATTRIBUTES_MAX = 5

export function scan(bytes: Buffer, batch = newBatch('metrics')): Batch {
  const limits = { recordsPerRequestMax: 1000, attributesPerRecordMax: ATTRIBUTES_MAX }
  scanRequest(batch, bytes, limits, SCAN_OUTCOMES)
  return batch
}

export function fingerprints(batch: Batch): string[] {
  fingerprintSeries(batch)
  const { data, stride, count } = batch.records
  return Array.from({ length: count }, (_, i) => {
    const [low, high] = [data[i * stride + POINT.seriesLow]!, data[i * stride + POINT.seriesHigh]!]
    return fingerprintText((BigInt(high) << 32n) | BigInt(low))
  })
}

/** Of every point of a request as protobufjs encodes it. */
export function ofRequest(request: MetricsRequest): string[] {
  return fingerprints(scan(encodeMetricsRequest(request)))
}
