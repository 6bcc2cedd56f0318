export type ScanLimits = {
  readonly recordsPerRequestMax: number
  /** Also of a resource and of a scope. */
  readonly attributesPerRecordMax: number
}

export const SCAN_FAULTS = [
  'invalidTraceId',
  'invalidSpanId',
  'tooManyAttributes',
  'endsBeforeStart',
  'noValue',
  'negativeCount',
  'bucketsDisagree',
  'boundsNotIncreasing',
  'scaleOutOfRange',
  'quantileOutOfRange',
] as const
/** Why a record can't be taken. */
export type ScanFault = (typeof SCAN_FAULTS)[number]

/** The numbers of these faults' outcomes (see `Outcomes`). */
export type ScanOutcomes = Readonly<Record<ScanFault, number>>

/** Events, links, exemplars and quantiles of a request: each kind may be this many times its records. */
export const ROWS_PER_RECORD_MAX = 16

/** The request holds more records than one request may: nothing of it is taken. */
export class TooManyRecordsError extends Error {
  readonly limit: number

  /** `what` are records, or what belongs to them. */
  constructor(limit: number, what = 'records') {
    super(
      `The request holds more than ${limit} ${what}, the limit of one request; send smaller batches or raise ingest.recordsPerRequestMax`,
    )
    this.name = 'TooManyRecordsError'
    this.limit = limit
  }
}
