import type fc from 'fast-check'
import type { Batch, Signal } from '../../src/otlp/batch.ts'
import type { ScanFault, ScanOutcomes } from '../../src/otlp/scan/index.ts'
import { flatten } from './flatten.ts'
import { flattenPoints } from './flatten-points.ts'
import { flattenSpans } from './flatten-spans.ts'
import { materialise, materialisePoints, materialiseSpans } from './materialise.ts'
import { metricsRequestBytes } from './wire-metrics.ts'
import { logsRequestBytes, tracesRequestBytes } from './wire-requests.ts'

/** What tests that are the same for every signal need to know of each. */
export type SignalUnderTest = {
  readonly signal: Signal
  /** The name of its requests. */
  readonly request: string
  /** Random requests, well-formed. */
  readonly bytes: fc.Arbitrary<Buffer>
  /** The records of a batch, and those that it should hold. */
  readonly materialise: (batch: Batch) => unknown
  readonly flatten: (request: object, attributesMax: number, outcomes: ScanOutcomes) => unknown
  /** What can be wrong with its records, in the order of `SCAN_FAULTS`. */
  readonly faults: ReadonlyArray<ScanFault>
}

const COMMON: ReadonlyArray<ScanFault> = ['invalidTraceId', 'invalidSpanId', 'tooManyAttributes']

export const SIGNALS: ReadonlyArray<SignalUnderTest> = [
  {
    signal: 'logs',
    request: 'ExportLogsServiceRequest',
    bytes: logsRequestBytes,
    materialise,
    flatten,
    faults: COMMON,
  },
  {
    signal: 'traces',
    request: 'ExportTraceServiceRequest',
    bytes: tracesRequestBytes,
    materialise: materialiseSpans,
    flatten: flattenSpans,
    faults: [...COMMON, 'endsBeforeStart'],
  },
  {
    signal: 'metrics',
    request: 'ExportMetricsServiceRequest',
    bytes: metricsRequestBytes,
    materialise: materialisePoints,
    flatten: flattenPoints,
    faults: [
      ...COMMON,
      'noValue',
      'negativeCount',
      'bucketsDisagree',
      'boundsNotIncreasing',
      'scaleOutOfRange',
      'quantileOutOfRange',
    ],
  },
]
