/** Queries that reach every condition and aggregation that ClickHouse may be given, over records with every corner. */

const ALL = '{service_name=~".+"}'
const LABELS = [
  'level',
  'status',
  'http_status',
  'a_b',
  'host',
  'service_name',
  'k8s_namespace_name',
  'k8s_node_name',
  'x_extracted',
  'host_extracted',
  'service_name_extracted',
  'trace_id',
  'severity_text',
  'severity_number',
  'detected_level',
  'scope_name',
  'event_name',
  'observed_timestamp',
  'flags',
  'lib_x',
  'key_1st',
  'missing',
]

const lineFilters = [
  '|= "error"',
  '|= "ERROR"',
  '!= "error"',
  '|= "error" or "timeout"',
  '!= "error" or "timeout"',
  '|= " user "',
  '|= " foo timeout "',
  '|= ""',
  '!= ""',
  '|= "é"',
  '|= "\\\\u006f"',
  '|~ "err.r"',
  '!~ "err.r"',
  '|~ "a.b"',
  '!~ "a.b"',
  '|~ "^a.b$"',
  '|~ "^(error|user)"',
  '|~ "(?i)k"',
  '|~ "\\\\d{3}$"',
  '|~ "\\\\bfoo\\\\b" or "warn"',
  '|~ "(?P<x>foo)"',
  '|> "<_>user<_>"',
  '|> "level=<_>"',
  '!> "<_>timeout<_>"',
  '|= ip("10.0.0.1")',
]

const labelFilters = [
  ...LABELS.flatMap((name) => [
    `${name}=""`,
    `${name}!=""`,
    `${name}=~".+"`,
    `${name}=~"err.r|s.op|a|50."`,
    `${name}!~"5|err|a|r"`,
    `${name} > 4.35`,
    `${name} <= 500`,
    `${name} == 0.1`,
    `${name} != 0.1`,
  ]),
  'level="error timeout"',
  'level=~"error"',
  'level="warn" or status > 5',
  'status > 5 and http_status > 5',
  'status > 5 or http_status="500"',
  'status > 5ms',
  'status < 1KB',
  'status > 5 | http_status > 5',
  'detected_level="error" or detected_level="warn"',
  'detected_level="fatal"',
  'detected_level="critical"',
  '__error__=""',
  'status > 5 | __error__=""',
]

const parsers = [
  'json',
  'logfmt',
  'json level',
  'json s="status", level',
  'regexp "(?P<status>[0-9]+)"',
  'pattern "<level> <_>"',
  'unpack',
]
const behind = [
  'level="error"',
  'status="500"',
  's="500"',
  'status=500',
  'level="error" or status="5"',
  'level="error" and status="500"',
  'host="shop"',
  'missing=""',
]

export const LOG_CORPUS: ReadonlyArray<string> = [
  ...lineFilters.map((filter) => `${ALL} ${filter}`),
  ...labelFilters.map((filter) => `${ALL} | ${filter}`),
  ...parsers.flatMap((parser) => behind.map((filter) => `${ALL} | ${parser} | ${filter}`)),
  `${ALL} | line_format "{{.level}}" |= "error"`,
  `${ALL} | label_format level=status | level="500"`,
  `${ALL} | drop level | level=""`,
  `${ALL} | drop level="warn" | level!="warn"`,
  `${ALL} | keep status | level=""`,
  `${ALL} | keep status | status="500"`,
  `${ALL} | decolorize |= "error"`,
  `${ALL} | drop __error__ | level="warn"`,
]

const counts = ['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate']
const numbers = ['severity_number', 'flags', 'observed_timestamp', 'status', 'http_status']
const widths = ['5s', '10s', '15s', '7s']

export const METRIC_CORPUS: ReadonlyArray<string> = [
  ...counts.flatMap((op) => widths.map((width) => `sum(${op}(${ALL} [${width}]))`)),
  ...counts.map((op) => `sum by (level, service_name) (${op}(${ALL} |= "e" [10s] offset 5s))`),
  ...LABELS.map((name) => `sum by (${name}) (count_over_time(${ALL} [15s]))`),
  ...LABELS.map(
    (name) => `sum by (detected_level, ${name}) (rate(${ALL} | ${name}!="" | drop __error__ [10s]))`,
  ),
  ...numbers.flatMap((name) => [
    `sum by (service_name) (sum_over_time(${ALL} | unwrap ${name} [15s]))`,
    `sum by (${name}) (rate(${ALL} | unwrap ${name} [10s]))`,
    `min by (service_name) (min_over_time(${ALL} | unwrap ${name} [15s]))`,
    `max by (service_name) (max_over_time(${ALL} | unwrap ${name} [15s]))`,
    ...['avg', 'min', 'max', 'first', 'last', 'stddev', 'stdvar'].flatMap((op) => [
      `${op}_over_time(${ALL} | unwrap ${name} [10s]) by (service_name)`,
      `${op}_over_time(${ALL} | unwrap ${name} [1m]) by (${name}, level)`,
    ]),
    ...['0', '0.3', '0.5', '1'].map(
      (phi) => `quantile_over_time(${phi}, ${ALL} | unwrap ${name} [10s]) by (service_name)`,
    ),
  ]),
  `sum(count_over_time(${ALL} | status > 5 [15s]))`,
  `sum(count_over_time(${ALL} | status > 5 | __error__="" [15s]))`,
  `sum(count_over_time(${ALL} | severity_number > 20 [15s]))`,
  `sum(count_over_time(${ALL} | drop level [15s]))`,
  `sum by (level) (count_over_time(${ALL} | drop level [15s]))`,
  `sum by (level) (count_over_time(${ALL} | json [15s]))`,
  `sum by (level) (count_over_time(${ALL} | logfmt | level="error" [15s]))`,
  `max by (level) (count_over_time(${ALL} [15s]))`,
  `sum without (level) (count_over_time(${ALL} [15s]))`,
  `topk(1, sum by (service_name) (count_over_time(${ALL} [15s])))`,
  `sum(rate(${ALL} [10s])) / sum(rate(${ALL} |= "error" [10s]))`,
  `absent_over_time({service_name="nobody"} [10s])`,
]
