import type { Where } from '../support/plain.ts'

export const CALLS = 'traces_span_metrics_calls_total'
export const SECONDS = 'traces_span_metrics_duration_seconds_bucket'

export const isServer: Where = ({ span_kind }) => span_kind === 'SPAN_KIND_SERVER'
export const failed: Where = (labels) => isServer(labels) && labels.status_code === 'STATUS_CODE_ERROR'
