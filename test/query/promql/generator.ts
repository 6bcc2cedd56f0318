import fc from 'fast-check'

/** Queries as people write them, well typed, with all that the grammar has. */

const name = fc.constantFrom(
  'up',
  'http_requests_total',
  'job:rate5m',
  'sum',
  'by',
  'offset',
  'start',
  'fill',
  'step',
)
const label = fc.constantFrom('job', 'le', 'instance', 'by', 'on', 'bool')
const text = fc.oneof(
  fc.constantFrom('"a"', "'b'", '`c\\d`', '"d\\n\\"e\\""', "'it\\'s'", '".+"', '"é"', '"\\u00e9\\x41"'),
  fc.string({ maxLength: 5 }).map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`),
)
const matcher = fc.oneof(
  fc.tuple(label, fc.constantFrom('=', '!='), text).map((parts) => parts.join('')),
  fc
    .tuple(label, fc.constantFrom('=~', '!~'), fc.constantFrom('".+"', '"a|b"', '""'))
    .map((parts) => parts.join(' ')),
  fc.constantFrom('"a label"="x"', '"é"=~"y.*"'),
)
const matchers = fc.array(matcher, { maxLength: 3 })
const selector = fc.oneof(
  name,
  fc.tuple(name, matchers).map(([metric, list]) => `${metric}{${list.join(', ')}}`),
  matchers.map((list) => `{${['job=~".+"', ...list].join(',')},}`),
  matchers.map((list) => `{${['"a metric.name"', ...list].join(',')}}`),
)
const duration = fc.constantFrom(
  '5m',
  '1h30m',
  '90',
  '500ms',
  '1d',
  '0.5',
  '2m * 3',
  '(1h + 5m) / 2',
  'step() + 1s',
  '-5m + 1h',
)
const modifier = fc.constantFrom(
  '',
  '',
  ' offset 5m',
  ' offset -1h30m',
  ' @ 1609746000',
  ' @ start()',
  ' @ end() offset 1w',
  ' offset (2 * 5m)',
  ' offset 90 @ 1.5',
)
const labels = fc.array(label, { maxLength: 2 }).map((list) => `(${list.join(', ')})`)
const number = fc.constantFrom('1', '0.5', '1e6', '0x1f', 'Inf', 'NaN', '-2', '+3', '.5', '5m')

const RANGE = [
  'rate',
  'increase',
  'delta',
  'irate',
  'changes',
  'avg_over_time',
  'last_over_time',
  'deriv',
  'absent_over_time',
]
const VECTOR = ['abs', 'ceil', 'absent', 'sort', 'timestamp', 'histogram_count', 'sgn', 'year']
const AGGREGATIONS = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar', 'SUM', 'Avg']
const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2']
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>=']

const { vector, scalar } = fc.letrec<{ vector: string; scalar: string; matrix: string; matching: string }>(
  (tie) => ({
    matching: fc.oneof(
      fc.constant(''),
      fc.tuple(fc.constantFrom('on', 'ignoring', 'ON'), labels).map(([word, list]) => ` ${word} ${list}`),
      fc
        .tuple(fc.constantFrom(' group_left', ' group_right'), fc.constantFrom('', ' (x, y)'))
        .map(([word, list]) => ` ignoring (job)${word}${list === '' ? ' ()' : list}`),
    ),
    matrix: fc.oneof(
      { depthSize: 'small' },
      fc.tuple(selector, duration, modifier).map(([metric, range, rest]) => `${metric}[${range}]${rest}`),
      fc
        .tuple(tie('vector'), duration, fc.constantFrom('', '1m', 'step()'), modifier)
        .map(([inner, range, step, rest]) => `(${inner})[${range}:${step}]${rest}`),
    ),
    scalar: fc.oneof(
      { depthSize: 'small' },
      number,
      fc.constantFrom('time()', 'pi()', 'step()'),
      tie('vector').map((inner) => `scalar(${inner})`),
      fc
        .tuple(tie('scalar'), fc.constantFrom(...ARITHMETIC), tie('scalar'))
        .map(([left, op, right]) => `${left} ${op} ${right}`),
      fc
        .tuple(tie('scalar'), fc.constantFrom(...COMPARISONS), tie('scalar'))
        .map(([left, op, right]) => `(${left} ${op} bool ${right})`),
    ),
    vector: fc.oneof(
      { depthSize: 'small' },
      fc.tuple(selector, modifier).map((parts) => parts.join('')),
      fc.tuple(fc.constantFrom(...RANGE), tie('matrix')).map(([func, arg]) => `${func}(${arg})`),
      fc.tuple(fc.constantFrom(...VECTOR), tie('vector')).map(([func, arg]) => `${func}(${arg})`),
      fc.tuple(tie('scalar'), tie('matrix')).map(([phi, arg]) => `quantile_over_time(${phi}, ${arg})`),
      fc.tuple(tie('vector'), text, text).map(([arg, a, b]) => `label_join(${arg}, "x", ${a}, ${b})`),
      fc
        .tuple(
          fc.constantFrom(...AGGREGATIONS),
          fc.constantFrom(' by ', ' without ', 'BY'),
          labels,
          tie('vector'),
        )
        .map(([op, word, list, arg]) => `${op}${word.trim() === word ? ` ${word}` : word}${list} (${arg})`),
      fc
        .tuple(fc.constantFrom('topk', 'bottomk', 'quantile', 'limitk'), tie('scalar'), tie('vector'), labels)
        .map(([op, parameter, arg, list]) => `${op}(${parameter}, ${arg}) by ${list}`),
      tie('vector').map((arg) => `count_values("x", ${arg})`),
      fc
        .tuple(tie('vector'), fc.constantFrom(...ARITHMETIC), tie('matching'), tie('vector'))
        .map(([left, op, matching, right]) => `${left} ${op}${matching} ${right}`),
      fc
        .tuple(tie('vector'), fc.constantFrom(...COMPARISONS), fc.constantFrom('', ' bool'), tie('scalar'))
        .map(([left, op, bool, right]) => `((${left}) ${op}${bool} (${right}))`),
      fc
        .tuple(tie('vector'), fc.constantFrom('and', 'or', 'UNLESS'), tie('vector'))
        .map(([left, op, right]) => `${left} ${op} ${right}`),
      tie('vector').map((inner) => `-(${inner})`),
      tie('vector').map((inner) => `- ${inner}`),
      tie('vector').map((inner) => `( ${inner} ) # a comment\n`),
    ),
  }),
)

export const query: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: vector, weight: 5 },
  { arbitrary: scalar, weight: 1 },
)
