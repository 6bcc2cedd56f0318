import fc from 'fast-check'
import { word } from './record-generator.ts'

// Queries, as text: what the parser makes of them is what users send.

const quoted = (text: string): string => JSON.stringify(text)

const selector = fc.constantFrom(
  '{service_name=~".+"}',
  '{service_name=~".+"}',
  '{service_name=~".+"}',
  '{service_name=~".+"}',
  '{service_name="shop"}',
  '{service_name!="shop", k8s_namespace_name=~"a|b|"}',
  '{service_name=~"un.*|a"}',
  '{k8s_namespace_name=~".+"}',
  '{service_name=~".+", __tenant_id__=~"t|u|"}',
)

const regex = fc.constantFrom(
  'err.r',
  '(?i)ERROR',
  '^level',
  '500$',
  'a.b',
  '[a-z]+ [a-z]+',
  '\\d{3}',
  'timeout|user',
  '',
  '.*',
  '(?i)k',
  'é',
  '\\bfoo\\b',
  '(?P<x>foo)',
  '\\pL',
  'user .*',
)
const text = fc.oneof(
  word,
  fc.constantFrom(
    ' 0a1b2c3d4e ',
    ' 99zz88yy77 ',
    ' error ',
    'msg="',
    '\\',
    "'",
    ' foo timeout ',
    'a\nb',
    'status=500',
  ),
)

const lineFilter = fc.oneof(
  fc
    .tuple(fc.constantFrom('|=', '!='), fc.array(text, { minLength: 1, maxLength: 2 }))
    .map(([op, values]) => `${op} ${values.map(quoted).join(' or ')}`),
  fc
    .tuple(fc.constantFrom('|~', '!~'), fc.array(regex, { minLength: 1, maxLength: 2 }))
    .map(([op, values]) => `${op} ${values.map(quoted).join(' or ')}`),
  fc.constantFrom('|> "<_> user <_>"', '!> "<_>timeout"', '|> "level=<_>"', '|= ip("10.0.0.0/8")'),
)

export const LABELS = [
  'level',
  'status',
  'http_status',
  'a_b',
  'host',
  'service_name',
  'k8s_namespace_name',
  'k8s_node_name',
  'x_extracted',
  'trace_id',
  'severity_text',
  'severity_number',
  'detected_level',
  'scope_name',
  'event_name',
  'observed_timestamp',
  'flags',
  'lib_x',
  'missing',
  'service_name_extracted',
  'host_extracted',
  'key_1st',
  'key_x',
  '__tenant_id__',
] as const
const label = fc.constantFrom(...LABELS)

const simpleFilter = fc.oneof(
  fc
    .tuple(label, fc.constantFrom('=', '!='), word)
    .map(([name, op, value]) => `${name}${op}${quoted(value)}`),
  fc
    .tuple(label, fc.constantFrom('=~', '!~'), regex)
    .map(([name, op, value]) => `${name}${op}${quoted(value)}`),
  fc
    .tuple(
      label,
      fc.constantFrom('==', '!=', '>', '>=', '<', '<='),
      fc.constantFrom('0', '5', '500', '0.1', '4.35', '1e3', '-1'),
    )
    .map(([name, op, value]) => `${name} ${op} ${value}`),
  fc.constantFrom('status > 5ms', 'status < 1KB', 'host = ip("10.0.0.1")', '__error__=""', '__error__!=""'),
)
const labelFilter = fc.oneof(
  simpleFilter,
  fc.tuple(simpleFilter, fc.constantFrom(' and ', ' or '), simpleFilter).map((parts) => parts.join('')),
)

const changing = fc.constantFrom(
  '| json',
  '| logfmt',
  '| json level',
  '| json s="status"',
  '| logfmt --strict',
  '| logfmt --keep-empty',
  '| logfmt msg, s="status"',
  '| regexp "(?P<status>\\\\d+)"',
  '| pattern "<level> <_>"',
  '| unpack',
  '| decolorize',
  '| line_format "{{.level}} x"',
  '| label_format level=status',
  '| label_format status="{{.host}}"',
  '| label_format level="{{.severity_text | upper}}", host=status',
  '| line_format `{{if .status}}{{.status | ToUpper}}{{else}}{{__line__}}{{end}}`',
  '| drop level',
  '| drop __error__',
  '| drop __error__, __error_details__',
  '| keep level, status',
  '| keep host="a"',
  '| drop status="500", host',
)

const filterStage = fc.oneof(
  lineFilter,
  labelFilter.map((filter) => `| ${filter}`),
)
/** Half of them can go to SQL whole. */
const stages = fc.oneof(
  fc.array(fc.oneof(filterStage, fc.constant('| drop __error__')), { maxLength: 3 }),
  fc.array(fc.oneof(filterStage, changing), { maxLength: 4 }),
)

export const logQuery = fc.tuple(selector, stages).map(([from, list]) => [from, ...list].join(' '))

const duration = fc.constantFrom('1s', '7s', '10s', '15s', '1m', '3m')
const offset = fc.constantFrom('', '', ' offset 10s', ' offset -5s')
const grouping = fc.oneof(
  fc.constant(''),
  fc.constant(' by ()'),
  fc.uniqueArray(label, { minLength: 1, maxLength: 3 }).map((names) => ` by (${names.join(', ')})`),
  fc.uniqueArray(label, { minLength: 1, maxLength: 2 }).map((names) => ` without (${names.join(', ')})`),
)
const byGrouping = fc
  .uniqueArray(label, { minLength: 1, maxLength: 3 })
  .map((names) => ` by (${names.join(', ')})`)

const counting = fc
  .tuple(
    fc.constantFrom('count_over_time', 'rate', 'bytes_over_time', 'bytes_rate', 'absent_over_time'),
    logQuery,
    duration,
    offset,
  )
  .map(([op, query, width, shift]) => `${op}(${query} [${width}]${shift})`)
const plainUnwrap = fc.tuple(
  logQuery,
  fc.constantFrom(
    'status',
    'http_status',
    'level',
    'severity_number',
    'duration(status)',
    'duration_seconds(http_status)',
    'bytes(status)',
  ),
)
const unwrapping = fc
  .tuple(
    fc.constantFrom(
      'sum_over_time',
      'avg_over_time',
      'min_over_time',
      'max_over_time',
      'rate',
      'rate_counter',
      'first_over_time',
      'last_over_time',
      'stddev_over_time',
      'stdvar_over_time',
    ),
    plainUnwrap,
    fc.constantFrom('', '', ' | __error__=""'),
    duration,
    offset,
    grouping,
  )
  .map(([op, [query, name], filter, width, shift, group]) => {
    const grouped = op === 'sum_over_time' || op.startsWith('rate') ? '' : group
    return `${op}(${query} | unwrap ${name}${filter} [${width}]${shift})${grouped}`
  })
const quantile = fc
  .tuple(fc.constantFrom('0', '0.3', '0.5', '0.99', '1'), plainUnwrap, duration, grouping)
  .map(
    ([phi, [query, name], width, group]) =>
      `quantile_over_time(${phi}, ${query} | unwrap ${name} [${width}])${group}`,
  )

const ranged = fc.oneof({ weight: 2, arbitrary: counting }, unwrapping, quantile)
const aggregated = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('sum', 'sum', 'min', 'max', 'avg', 'count'), grouping, ranged)
      .map(([op, group, range]) => `${op}${group}(${range})`),
  },
  ranged,
)
/** Whole numbers: what is made of them does not depend on the order in which they were added. */
const whole = fc
  .tuple(
    fc.constantFrom('sum', 'max', 'count'),
    grouping,
    counting.filter((range) => !/^(?:bytes_)?rate/.test(range)),
  )
  .map(([op, group, range]) => `${op}${group}(${range})`)
const matching = fc.constantFrom(
  '',
  '',
  ' on ()',
  ' on (service_name)',
  ' ignoring (level, status)',
  ' on (service_name) group_left',
  ' on (k8s_namespace_name) group_right (level)',
)
const combined = fc.oneof(
  fc
    .tuple(
      whole,
      fc.constantFrom('-', '*', '%', '==', '!=', '>= bool', '< bool', '>', 'and', 'or', 'unless'),
      matching,
      fc.oneof(whole, fc.constantFrom('2', 'vector(2)')),
    )
    .map(([a, op, match, b]) => `${a} ${op}${match} ${b}`),
  fc
    .tuple(fc.constantFrom('stddev', 'stdvar'), grouping, whole)
    .map(([op, group, a]) => `${op}${group}(${a})`),
  fc
    .tuple(
      fc.constantFrom('"level"', '"service_name"', '"new"'),
      fc.constantFrom('(.).*', '(?i)A|', ''),
      whole,
    )
    .map(([to, pattern, a]) => `label_replace(${a}, ${to}, "$1x", "service_name", "${pattern}")`),
)

/** What ClickHouse computes alone, unless a value is no number. */
const stringFilter = fc.oneof(
  lineFilter,
  simpleFilter.filter((filter) => /["]/.test(filter)).map((filter) => `| ${filter}`),
)
const pureQuery = fc
  .tuple(selector, fc.array(stringFilter, { maxLength: 2 }))
  .map(([from, list]) => [from, ...list].join(' '))
const numbersOnly = fc.constantFrom('severity_number', 'flags', 'observed_timestamp')
const wholeInSql = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('count_over_time', 'rate', 'bytes_over_time', 'bytes_rate'),
      pureQuery,
      duration,
      offset,
      fc.oneof(fc.constant(''), byGrouping),
    )
    .map(([op, query, width, shift, group]) => `sum${group} (${op}(${query} [${width}]${shift}))`),
  fc
    .tuple(
      fc.constantFrom('sum|sum_over_time', 'sum|rate', 'min|min_over_time', 'max|max_over_time'),
      pureQuery,
      fc.oneof(numbersOnly, fc.constant('status')),
      duration,
      byGrouping,
    )
    .map(([ops, query, name, width, group]) => {
      const [outer, op] = ops.split('|')
      return `${outer}${group} (${op}(${query} | unwrap ${name} [${width}]))`
    }),
  fc
    .tuple(
      fc.constantFrom('avg', 'min', 'max', 'first', 'last', 'stddev', 'stdvar'),
      pureQuery,
      numbersOnly,
      duration,
      byGrouping,
    )
    .map(
      ([op, query, name, width, group]) => `${op}_over_time(${query} | unwrap ${name} [${width}])${group}`,
    ),
  fc
    .tuple(fc.constantFrom('0', '0.3', '0.5', '0.99', '1'), pureQuery, numbersOnly, duration, byGrouping)
    .map(
      ([phi, query, name, width, group]) =>
        `quantile_over_time(${phi}, ${query} | unwrap ${name} [${width}])${group}`,
    ),
)

export const metricQuery = fc.oneof(
  { weight: 8, arbitrary: wholeInSql },
  { weight: 5, arbitrary: aggregated },
  fc
    .tuple(aggregated, fc.constantFrom('+', '/', '> ', 'or', 'unless'), aggregated)
    .map(([a, op, b]) => `${a} ${op} ${b}`),
  combined,
  fc
    .tuple(fc.constantFrom('topk', 'bottomk'), fc.oneof(aggregated, whole), grouping)
    .map(([op, query, group]) => `${op}${group}(2, ${query})`),
  aggregated.map((query) => `sort_desc(${query})`),
)

/** Steps of a range query and where it begins, in seconds after {@link START}. */
export const grid = fc.record({
  start: fc.integer({ min: -20, max: 60 }),
  step: fc.constantFrom(1, 5, 7, 10, 30, 90),
  count: fc.integer({ min: 1, max: 12 }),
})
