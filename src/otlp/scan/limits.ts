export type ScanLimits = {
  readonly recordsPerRequestMax: number
  /** Also of a resource and of a scope. */
  readonly attributesPerRecordMax: number
}

/** Numbers of the outcomes (see `Outcomes`) for records that can't be taken. */
export type ScanOutcomes = {
  readonly invalidTraceId: number
  readonly invalidSpanId: number
  readonly tooManyAttributes: number
}

/** The request holds more records than one request may: nothing of it is taken. */
export class TooManyRecordsError extends Error {
  readonly limit: number

  constructor(limit: number) {
    super(
      `The request holds more than ${limit} records, the limit of one request; send smaller batches or raise ingest.recordsPerRequestMax`,
    )
    this.name = 'TooManyRecordsError'
    this.limit = limit
  }
}
