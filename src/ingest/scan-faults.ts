import type { Outcomes } from '../otlp/outcomes.ts'
import { SCAN_FAULTS, type ScanFault, type ScanLimits, type ScanOutcomes } from '../otlp/scan/index.ts'

/** Per fault of a record: the reason in ledger and metrics, and the sentence its sender reads. */
const REASONS: Readonly<Record<ScanFault, readonly [string, string]>> = {
  invalidTraceId: ['invalid_trace_id', 'trace_id must have 16 bytes, or none.'],
  invalidSpanId: ['invalid_span_id', 'span_id must have 8 bytes, or none.'],
  tooManyAttributes: [
    'too_many_attributes',
    'more attributes on the record, on what belongs to it, on its scope or on its resource than ingest.attributesPerRecordMax allows, which is',
  ],
  endsBeforeStart: ['ends_before_start', 'the span ends before it starts; check the clock of its sender.'],
  noValue: ['no_value', 'a data point without a value must carry the flag NO_RECORDED_VALUE.'],
  negativeCount: ['negative_count', 'a count of a histogram or summary is below zero or above 2^63 - 1.'],
  bucketsDisagree: ['buckets_disagree', 'bucket_counts must have one element more than explicit_bounds.'],
  boundsNotIncreasing: ['bounds_not_increasing', 'explicit_bounds must be in increasing order.'],
  scaleOutOfRange: ['scale_out_of_range', 'the scale of an exponential histogram must be from -10 to 20.'],
  quantileOutOfRange: ['quantile_out_of_range', 'the quantiles of a summary must be from 0 to 1.'],
}

/** Gives each fault its number. */
export function scanOutcomes(outcomes: Outcomes, { attributesPerRecordMax }: ScanLimits): ScanOutcomes {
  const number = (fault: ScanFault): number => {
    const [reason, text] = REASONS[fault]
    const sentence = fault === 'tooManyAttributes' ? `${text} ${attributesPerRecordMax}.` : text
    return outcomes.register({ kind: 'rejected', reason, sentence })
  }
  return Object.fromEntries(SCAN_FAULTS.map((fault) => [fault, number(fault)])) as ScanOutcomes
}
