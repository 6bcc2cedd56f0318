import { type OtlpJson, recordRequest } from '../otlp/json/record-json.ts'
import { translateJson } from '../otlp/json/translate.ts'
import { Outcomes } from '../otlp/outcomes.ts'
import { newBatch, requestMessage, SCAN_FAULTS, type ScanOutcomes, scanRequest } from '../otlp/scan/index.ts'
import type { Processor } from './processor.ts'
import type { Sample } from './samples.ts'

/** A sample as a person may see it. */
export type ShownSample = {
  /** RFC 3339: when the rule met it. */
  readonly takenAt: string
  /** Whether what the `redact` processors in force look for was masked in it; false where there are none. */
  readonly redacted: boolean
  /** An OTLP/JSON export request of one record; long texts are cut. */
  readonly request: OtlpJson
}

const TEXT_LENGTH_MAX = 1024
/** A sample was a record of a request that was taken: its limits were met. */
const NO_LIMITS = { recordsPerRequestMax: 1, attributesPerRecordMax: 100_000 }

const REJECTED = new Outcomes().register({ kind: 'rejected', reason: 'sample', sentence: '' })
const FAULTS = Object.fromEntries(SCAN_FAULTS.map((fault) => [fault, REJECTED])) as ScanOutcomes

/**
 * Masks a sample by instances of the `redact` processors in force that nobody else uses. They see it as they would have seen
 * the record, had it not been dropped before.
 */
export function showSample(
  { request, signal, takenMs }: Sample,
  redactors: ReadonlyArray<Processor>,
): ShownSample {
  const batch = newBatch(signal)
  scanRequest(batch, translateJson(requestMessage(signal), Buffer.from(request)), NO_LIMITS, FAULTS)
  batch.tenants.push('')
  for (const redactor of redactors) {
    redactor.process(batch, 0)
    redactor.refused?.(0)
  }
  return {
    takenAt: new Date(takenMs).toISOString(),
    redacted: redactors.length > 0,
    request: cut(recordRequest(batch, 0)),
  }
}

function cut(json: OtlpJson): OtlpJson {
  return JSON.parse(JSON.stringify(json), (_key, value: unknown) =>
    typeof value === 'string' && value.length > TEXT_LENGTH_MAX
      ? `${value.slice(0, TEXT_LENGTH_MAX)}…`
      : value,
  ) as OtlpJson
}
