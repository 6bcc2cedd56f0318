import type { Batch } from '../../src/otlp/batch.ts'
import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { fingerprintSeries } from '../../src/otlp/series/fingerprint.ts'
import { RESOURCE } from '../../src/otlp/slots.ts'
import { encodeMetricsRequest, type MetricsRequest } from '../otlp/proto.ts'
import { SCAN_OUTCOMES } from '../otlp/scan-outcomes.ts'

const LIMITS = { recordsPerRequestMax: 100_000, attributesPerRecordMax: 1000 }

/** What a gateway does between the scan of metrics and the rules: the tenant, and fingerprints. */
export function prepareMetrics(batch: Batch, tenant = 'default'): Batch {
  batch.tenants.push(tenant)
  for (let i = 0; i < batch.resources.count; i++)
    batch.resources.data[i * RESOURCE.stride + RESOURCE.tenant] = 0
  fingerprintSeries(batch)
  return batch
}

/** Scans bytes and prepares them for the rules. */
export function scannedMetrics(bytes: Buffer, batch = newBatch('metrics'), tenant = 'default'): Batch {
  scanRequest(batch, bytes, LIMITS, SCAN_OUTCOMES)
  return prepareMetrics(batch, tenant)
}

/** The same for a request, encoded by another library. */
export function scannedMetricsRequest(request: MetricsRequest, tenant: string): Batch {
  return scannedMetrics(encodeMetricsRequest(request), undefined, tenant)
}
