/** Ids of the dashboards: what links and bookmarks name. They stay. */
export const UIDS = {
  overview: 'weir-overview',
  kubernetes: 'weir-kubernetes',
  service: 'weir-service',
  logs: 'weir-logs',
  traces: 'weir-traces',
  cost: 'weir-cost',
  weir: 'weir-itself',
} as const

/** What a link to another dashboard takes along: the tenant and the time range. */
export const CHOSEN = `\${tenant:queryparam}&\${__url_time_range}`

/** Span metrics of requests that a service answers. */
export const SERVER = 'span_kind="SPAN_KIND_SERVER"'
export const FAILED = 'status_code="STATUS_CODE_ERROR"'
export const NO_SPANS = 'No spans, or the processor span_metrics is not on'
