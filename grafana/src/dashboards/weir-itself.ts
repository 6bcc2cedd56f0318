import { dashboard } from '../kit/dashboard.ts'
import { lines, number } from '../kit/panels.ts'
import { OWN } from '../kit/sources.ts'
import { overTime } from '../kit/targets.ts'
import { ownVariable } from '../kit/variables.ts'
import { UIDS } from './words.ts'

const EMPTY = "No metrics of Weir's own"
const NONE = 'None'
const own = (expr: string, legend?: string) =>
  overTime(expr, { source: OWN, ...(legend === undefined ? {} : { legend }) })
const rate = (metric: string) => `rate(${metric}[$__rate_interval])`
const quantile = (metric: string) =>
  `histogram_quantile(0.99, sum by (le) (rate(${metric}_bucket[$__rate_interval])))`

type Panel = readonly [
  title: string,
  description: string,
  unit: string,
  expr: string,
  legend?: string | undefined,
  empty?: string,
]
const chart = ([title, description, unit, expr, legend, empty = EMPTY]: Panel) =>
  lines({ title, description, unit, empty, width: 8, targets: [own(expr, legend)] })
const figure = ([title, description, unit, expr, legend, empty = EMPTY]: Panel) =>
  number({ title, description, unit, empty, targets: [own(expr, legend)] })

const NOW: ReadonlyArray<Panel> = [
  ['Gateways', 'That send metrics of their own.', 'short', 'count(weir_spool_bytes)'],
  ['Taken', 'Records per second.', 'cps', `sum(${rate('weir_records_received_total')})`],
  [
    'Refused',
    'Requests per second that were told to come back or were wrong.',
    'reqps',
    `sum(${rate('weir_requests_total{outcome!~"ok|partial"}')})`,
    undefined,
    NONE,
  ],
  [
    'Oldest row not inserted',
    'Above a few minutes ClickHouse does not keep up, or is away.',
    's',
    'max(weir_spool_oldest_seconds)',
  ],
  [
    'Blocks in quarantine',
    'That ClickHouse refused, within the time range: look into spool/quarantine.',
    'short',
    'sum(increase(weir_blocks_quarantined_total[$__range]))',
    undefined,
    NONE,
  ],
  [
    'Restarts of ClickHouse',
    'Of the embedded one, within the time range.',
    'short',
    'sum(increase(weir_engine_restarts_total[$__range]))',
    undefined,
    NONE,
  ],
]
const INTAKE: ReadonlyArray<Panel> = [
  [
    'Records by signal',
    'Per second, of acknowledged requests.',
    'cps',
    `sum by (signal) (${rate('weir_records_received_total')})`,
    '{{signal}}',
  ],
  [
    'Requests by outcome',
    'Per second: what their senders were told.',
    'reqps',
    `sum by (outcome) (${rate('weir_requests_total')})`,
    '{{outcome}}',
  ],
  [
    'Acknowledged within',
    '99th percentile, by signal. The wait for the commit is in it.',
    's',
    `histogram_quantile(0.99, sum by (signal, le) (${rate('weir_request_seconds_bucket')}))`,
    '{{signal}}',
  ],
  [
    'Bytes by signal',
    'Per second, decompressed.',
    'Bps',
    `sum by (signal) (${rate('weir_request_bytes_total')})`,
    '{{signal}}',
  ],
  [
    'Rejected records',
    'Per second. Senders lose these, and were told why.',
    'cps',
    `sum by (signal, reason) (${rate('weir_records_rejected_total')})`,
    '{{signal}} {{reason}}',
    NONE,
  ],
  [
    'Repeated requests',
    'Per second. Acknowledgements got lost on the way; nothing was counted twice.',
    'reqps',
    `sum by (signal) (${rate('weir_requests_repeated_total')})`,
    '{{signal}}',
    NONE,
  ],
]
const STORE: ReadonlyArray<Panel> = [
  [
    'Spool',
    'Bytes on disk that wait for ClickHouse, by gateway.',
    'bytes',
    'sum by (instance) (weir_spool_bytes)',
    '{{instance}}',
  ],
  [
    'Free disk of the spool',
    'By gateway; below spool.freeBytesMin nothing is taken.',
    'bytes',
    'min by (instance) (weir_spool_disk_free_bytes)',
    '{{instance}}',
  ],
  ['Write and fsync', '99th percentile of a commit.', 's', quantile('weir_commit_fsync_seconds'), 'commit'],
  [
    'Rows inserted by table',
    'Per second, confirmed by ClickHouse.',
    'cps',
    `sum by (table) (${rate('weir_inserter_rows_total')})`,
    '{{table}}',
  ],
  ['Insert', '99th percentile.', 's', quantile('weir_inserter_seconds'), 'insert'],
  [
    'Failed inserts',
    'Per second: refused (bad data), busy (later), unknown (no answer).',
    'cps',
    `sum by (table, failure) (${rate('weir_inserter_failures_total')})`,
    '{{table}} {{failure}}',
    NONE,
  ],
]
const READS: ReadonlyArray<Panel> = [
  [
    'API requests by status',
    'Per second.',
    'reqps',
    `sum by (status) (${rate('weir_query_seconds_count')})`,
    '{{status}}',
  ],
  [
    'Slowest routes',
    '95th percentile of API requests, by route.',
    's',
    `topk(5, histogram_quantile(0.95, sum by (route, le) (${rate('weir_query_seconds_bucket')})))`,
    '{{route}}',
  ],
  ['Live tails', 'Viewers, by protocol.', 'short', 'sum by (front) (weir_tail_viewers)', '{{front}}', NONE],
]
const PROCESS: ReadonlyArray<Panel> = [
  [
    'CPU',
    'Cores in use, by gateway.',
    'suffix: cores',
    `sum by (instance) (${rate('process_cpu_seconds_total{job="weir"}')})`,
    '{{instance}}',
  ],
  [
    'Memory',
    'Resident, by gateway.',
    'bytes',
    'sum by (instance) (process_resident_memory_bytes{job="weir"})',
    '{{instance}}',
  ],
  [
    'Event loop',
    '99th percentile of its delay, by gateway.',
    's',
    'max by (instance) (nodejs_eventloop_lag_p99_seconds{job="weir"})',
    '{{instance}}',
  ],
]

/** What the gateways themselves do. */
export const weirItself = dashboard({
  uid: UIDS.weir,
  title: 'Weir itself',
  description: "Intake, spool, inserts, reads and processes of Weir's gateways, from their own metrics.",
  variables: [ownVariable()],
  rows: [
    { title: 'Now', panels: NOW.map(figure) },
    { title: 'Intake', panels: INTAKE.map(chart) },
    { title: 'Spool and ClickHouse', panels: STORE.map(chart) },
    { title: 'Reads', panels: READS.map(chart) },
    { title: 'Process', panels: PROCESS.map(chart) },
  ],
})
