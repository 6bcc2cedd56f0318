/**
 * Every metric of Weir: the one place of names, units, help and labels. Prometheus naming: base units, unit
 * last, `_total` for counters. `reason` is a rule's name or one of a fixed set, so it is bounded.
 */
export type MetricRow = {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly name: string
  /** UCUM as in the OpenTelemetry conventions: `By`, `s`, `{record}`. */
  readonly unit: string
  readonly help: string
  readonly labels: ReadonlyArray<string>
  /** Upper bounds, of histograms. */
  readonly buckets?: ReadonlyArray<number>
}

const FSYNC_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const ACK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const QUERY_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export const METRICS = {
  requests: {
    type: 'counter',
    name: 'weir_requests_total',
    unit: '{request}',
    help: 'Export requests by what their sender was told: ok, partial, the kind of refusal, or cancelled if the sender left first.',
    labels: ['signal', 'transport', 'outcome'],
  },
  requestBytes: {
    type: 'counter',
    name: 'weir_request_bytes_total',
    unit: 'By',
    help: 'Decompressed bytes of export requests.',
    labels: ['signal', 'transport'],
  },
  requestSeconds: {
    type: 'histogram',
    name: 'weir_request_seconds',
    unit: 's',
    help: 'From the last byte of a request to its answer; the wait for the commit is in it.',
    labels: ['signal', 'transport'],
    buckets: ACK_SECONDS,
  },
  requestsInFlight: {
    type: 'gauge',
    name: 'weir_requests_in_flight',
    unit: '{request}',
    help: 'Export requests that wait for their answer.',
    labels: [],
  },
  requestBytesInFlight: {
    type: 'gauge',
    name: 'weir_request_bytes_in_flight',
    unit: 'By',
    help: 'Bytes of export requests that wait for their answer; bounded by ingest.inFlightBytesMax.',
    labels: [],
  },
  requestsRepeated: {
    type: 'counter',
    name: 'weir_requests_repeated_total',
    unit: '{request}',
    help: 'Requests that were sent again and answered from what was taken before; their records are not counted again.',
    labels: ['signal'],
  },
  recordsReceived: {
    type: 'counter',
    name: 'weir_records_received_total',
    unit: '{record}',
    help: 'Records of acknowledged requests. received + generated = stored + dropped + rejected.',
    labels: ['signal'],
  },
  recordsGenerated: {
    type: 'counter',
    name: 'weir_records_generated_total',
    unit: '{record}',
    help: 'Records that processors made.',
    labels: ['signal'],
  },
  recordsStored: {
    type: 'counter',
    name: 'weir_records_stored_total',
    unit: '{record}',
    help: 'Records that are durable, in the spool or in ClickHouse.',
    labels: ['signal'],
  },
  recordsDropped: {
    type: 'counter',
    name: 'weir_records_dropped_total',
    unit: '{record}',
    help: "Records that a rule removed; reason is the rule's name.",
    labels: ['signal', 'reason'],
  },
  recordsRejected: {
    type: 'counter',
    name: 'weir_records_rejected_total',
    unit: '{record}',
    help: 'Records that could not be taken; their sender was told by partial success.',
    labels: ['signal', 'reason'],
  },
  invalidUtf8Values: {
    type: 'counter',
    name: 'weir_invalid_utf8_values_total',
    unit: '{value}',
    help: 'Values whose invalid UTF-8 was replaced by U+FFFD.',
    labels: ['signal'],
  },
  clockCorrections: {
    type: 'counter',
    name: 'weir_clock_corrections_total',
    unit: '{record}',
    help: 'Records whose time was missing or too far ahead and was replaced; reason says which.',
    labels: ['signal', 'reason'],
  },
  processorEvaluationFailures: {
    type: 'counter',
    name: 'weir_processor_evaluation_failures_total',
    unit: '{evaluation}',
    help: 'Conditions that could not be evaluated on a record; the record was kept.',
    labels: ['processor'],
  },
  activeSeries: {
    type: 'gauge',
    name: 'weir_active_series',
    unit: '{series}',
    help: 'Series of metrics that are active, of all tenants; bounded by series.seriesMax.',
    labels: [],
  },
  seriesMetrics: {
    type: 'gauge',
    name: 'weir_series_metrics',
    unit: '{metric}',
    help: 'Metrics whose series are counted, of all tenants; bounded by series.metricsMax.',
    labels: [],
  },
  seriesUntrackedPoints: {
    type: 'counter',
    name: 'weir_series_untracked_points_total',
    unit: '{point}',
    help: 'Data points whose series could not be counted, because series.seriesMax or series.metricsMax was reached.',
    labels: [],
  },
  commits: {
    type: 'counter',
    name: 'weir_commits_total',
    unit: '{commit}',
    help: 'Commits to the spool by outcome: durable or refused.',
    labels: ['outcome'],
  },
  commitBytes: {
    type: 'counter',
    name: 'weir_commit_bytes_total',
    unit: 'By',
    help: 'Bytes of durable commits.',
    labels: [],
  },
  commitFsyncSeconds: {
    type: 'histogram',
    name: 'weir_commit_fsync_seconds',
    unit: 's',
    help: 'Write and fsync of one commit.',
    labels: [],
    buckets: FSYNC_SECONDS,
  },
  spoolBytes: {
    type: 'gauge',
    name: 'weir_spool_bytes',
    unit: 'By',
    help: 'Bytes of the spool on disk; bounded by spool.bytesMax.',
    labels: [],
  },
  spoolSegments: {
    type: 'gauge',
    name: 'weir_spool_segments',
    unit: '{segment}',
    help: 'Files of the spool.',
    labels: [],
  },
  spoolOldestSeconds: {
    type: 'gauge',
    name: 'weir_spool_oldest_seconds',
    unit: 's',
    help: 'Age of the oldest acknowledged row that is not in ClickHouse yet; 0 if there is none.',
    labels: [],
  },
  spoolDiskFreeBytes: {
    type: 'gauge',
    name: 'weir_spool_disk_free_bytes',
    unit: 'By',
    help: "Free bytes of the spool's disk; below spool.freeBytesMin nothing is taken.",
    labels: [],
  },
  inserterGroupsOpen: {
    type: 'gauge',
    name: 'weir_inserter_groups_open',
    unit: '{group}',
    help: 'Groups of blocks that are collected, sent or settled.',
    labels: [],
  },
  inserterAttempts: {
    type: 'counter',
    name: 'weir_inserter_attempts_total',
    unit: '{attempt}',
    help: 'Inserts that were sent.',
    labels: ['table'],
  },
  inserterFailures: {
    type: 'counter',
    name: 'weir_inserter_failures_total',
    unit: '{attempt}',
    help: 'Inserts that failed: refused (bad data), busy (later) or unknown (no answer).',
    labels: ['table', 'failure'],
  },
  inserterRows: {
    type: 'counter',
    name: 'weir_inserter_rows_total',
    unit: '{row}',
    help: 'Rows that ClickHouse has confirmed.',
    labels: ['table'],
  },
  inserterBytes: {
    type: 'counter',
    name: 'weir_inserter_bytes_total',
    unit: 'By',
    help: 'Bytes of Native blocks that ClickHouse has confirmed, before compression.',
    labels: ['table'],
  },
  inserterSeconds: {
    type: 'histogram',
    name: 'weir_inserter_seconds',
    unit: 's',
    help: 'One insert, from its start to its answer.',
    labels: ['table'],
    buckets: QUERY_SECONDS,
  },
  inserterPresenceChecks: {
    type: 'counter',
    name: 'weir_inserter_presence_checks_total',
    unit: '{check}',
    help: 'Groups whose rows were counted in ClickHouse because an outcome was unknown: all, none or some were there.',
    labels: ['result'],
  },
  inserterPartialGroups: {
    type: 'counter',
    name: 'weir_inserter_partial_groups_total',
    unit: '{group}',
    help: 'Groups of which only some rows were there. An alarm: one insert is meant to be all or nothing.',
    labels: [],
  },
  blocksQuarantined: {
    type: 'counter',
    name: 'weir_blocks_quarantined_total',
    unit: '{block}',
    help: 'Blocks that ClickHouse refused as bad data and that were set aside.',
    labels: ['table'],
  },
  engineUp: {
    type: 'gauge',
    name: 'weir_engine_up',
    unit: '1',
    help: '1 while ClickHouse answers.',
    labels: [],
  },
  engineRestarts: {
    type: 'counter',
    name: 'weir_engine_restarts_total',
    unit: '{restart}',
    help: 'Restarts of the embedded ClickHouse after it died.',
    labels: [],
  },
  watermarkLagSeconds: {
    type: 'gauge',
    name: 'weir_watermark_lag_seconds',
    unit: 's',
    help: 'Since the watermark was last published in ClickHouse.',
    labels: [],
  },
  querySeconds: {
    type: 'histogram',
    name: 'weir_query_seconds',
    unit: 's',
    help: 'API requests by route, as the route is declared.',
    labels: ['route', 'status'],
    buckets: QUERY_SECONDS,
  },
  ownSpans: {
    type: 'counter',
    name: 'weir_own_spans_total',
    unit: '{span}',
    help: 'Spans of the own traces: exported, failed (their receiver did not take them) or dropped (the queue was full).',
    labels: ['outcome'],
  },
} as const satisfies Readonly<Record<string, MetricRow>>
