import { RANGE_MS } from '../support/clock.ts'
import { type Expectation, type Expectations, metric } from '../support/expectation.ts'
import {
  countBy,
  everything,
  increases,
  latest,
  maxBy,
  minBy,
  quantileBy,
  rates,
  sumBy,
  type Where,
} from '../support/plain.ts'

const rateBy = (name: string, by: ReadonlyArray<string> = [], where: Where = everything): Expectation =>
  metric(({ own }, t) => sumBy(rates(own, name, t, where), ...by))
const inRange = (name: string): Expectation =>
  metric(({ own }, t) => sumBy(increases(own, name, { t, ms: RANGE_MS })))
const quantile = (q: number, name: string, ...by: string[]): Expectation =>
  metric(({ own }, t) => quantileBy(q, rates(own, `${name}_bucket`, t), ...by))
const nowBy = (of: typeof sumBy, name: string, ...by: string[]): Expectation =>
  metric(({ own }, t) => of(latest(own, name, t), ...by))

export const weirItself: Expectations = {
  Gateways: nowBy(countBy, 'weir_spool_bytes'),
  Taken: rateBy('weir_records_received_total'),
  Refused: rateBy('weir_requests_total', [], ({ outcome }) => outcome !== 'ok' && outcome !== 'partial'),
  'Oldest row not inserted': nowBy(maxBy, 'weir_spool_oldest_seconds'),
  'Blocks in quarantine': inRange('weir_blocks_quarantined_total'),
  'Restarts of ClickHouse': inRange('weir_engine_restarts_total'),
  'Records by signal': rateBy('weir_records_received_total', ['signal']),
  'Requests by outcome': rateBy('weir_requests_total', ['outcome']),
  'Acknowledged within': quantile(0.99, 'weir_request_seconds', 'signal'),
  'Bytes by signal': rateBy('weir_request_bytes_total', ['signal']),
  'Rejected records': rateBy('weir_records_rejected_total', ['signal', 'reason']),
  'Repeated requests': rateBy('weir_requests_repeated_total', ['signal']),
  Spool: nowBy(sumBy, 'weir_spool_bytes', 'instance'),
  'Free disk of the spool': nowBy(minBy, 'weir_spool_disk_free_bytes', 'instance'),
  'Write and fsync': quantile(0.99, 'weir_commit_fsync_seconds'),
  'Rows inserted by table': rateBy('weir_inserter_rows_total', ['table']),
  Insert: quantile(0.99, 'weir_inserter_seconds'),
  'Failed inserts': rateBy('weir_inserter_failures_total', ['table', 'failure']),
  'API requests by status': rateBy('weir_query_seconds_count', ['status']),
  'Slowest routes': quantile(0.95, 'weir_query_seconds', 'route'),
  'Live tails': nowBy(sumBy, 'weir_tail_viewers', 'front'),
  CPU: rateBy('process_cpu_seconds_total', ['instance']),
  Memory: nowBy(sumBy, 'process_resident_memory_bytes', 'instance'),
  'Event loop': nowBy(maxBy, 'nodejs_eventloop_lag_p99_seconds', 'instance'),
}
