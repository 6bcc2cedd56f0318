import fc from 'fast-check'
import type {
  BinaryExpr,
  Expr,
  Grouping,
  LabelFilter,
  LogRange,
  Matcher,
  MetricExpr,
  Selector,
  Stage,
  Unwrap,
} from '../../../src/query/logql/ast.ts'
import { RANGE_OPS, VECTOR_OPS } from '../../../src/query/logql/parser/aggregation.ts'
import { isScalar } from '../../../src/query/logql/parser/metric.ts'

/** Trees of every kind of node that the grammar can write. Places are 0: `withoutPlaces` compares without them. */
const AT = { start: 0, end: 0 } as const

const name = fc.constantFrom(
  'app',
  'level',
  'json',
  'by',
  'duration',
  'rate',
  'a_b',
  '__error__',
  'on',
  'ip',
  'unwrap_',
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('"', '\\', '`', '\n', '#', '{{.a}}'),
)
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -9, max: 9 }))
const durationNs = fc.oneof(
  fc.integer({ min: 1, max: 1e9 }),
  fc.integer({ min: 1, max: 90_000 }).map((seconds) => seconds * 1e9),
)

const matcher: fc.Arbitrary<Matcher> = fc.record({
  kind: fc.constant('matcher' as const),
  name,
  op: fc.constantFrom('=', '!=', '=~', '!~'),
  value: text,
  ...constantPlace(),
})
function constantPlace(): { start: fc.Arbitrary<number>; end: fc.Arbitrary<number> } {
  return { start: fc.constant(0), end: fc.constant(0) }
}

const selector: fc.Arbitrary<Selector> = fc
  .array(matcher, { maxLength: 3 })
  .map((matchers) => ({ kind: 'selector', matchers, ...AT }))

const labelFilter: fc.Arbitrary<LabelFilter> = fc.letrec<{ filter: LabelFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    matcher,
    fc
      .tuple(
        name,
        fc.constantFrom(
          '==' as const,
          '!=' as const,
          '>' as const,
          '>=' as const,
          '<' as const,
          '<=' as const,
        ),
        fc.oneof(
          number.map((value) => ({ kind: 'number' as const, value })),
          durationNs.map((value) => ({ kind: 'duration' as const, value })),
          fc.nat().map((value) => ({ kind: 'bytes' as const, value })),
        ),
      )
      .map(([label, op, operand]): LabelFilter => ({ ...operand, name: label, op, ...AT })),
    fc
      .tuple(name, fc.constantFrom('=' as const, '!=' as const), text)
      .map(([label, op, pattern]): LabelFilter => ({ kind: 'ip', name: label, op, pattern, ...AT })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), tie('filter'), tie('filter'))
      .map(([kind, left, right]): LabelFilter => ({ kind, left, right, ...AT })),
  ),
})).filter

const extractions = fc.array(
  fc
    .tuple(name, text)
    .map(([label, expression]) => ({ kind: 'extraction' as const, label, expression, ...AT })),
  { maxLength: 3 },
)
const choices = fc.array(
  fc.oneof(
    matcher,
    name.map((label) => ({ kind: 'name' as const, name: label, ...AT })),
  ),
  { minLength: 1, maxLength: 3 },
)
const format = fc.oneof(
  name.map((source) => ({ kind: 'rename' as const, source })),
  text.map((template) => ({ kind: 'template' as const, template })),
)

const stage: fc.Arbitrary<Stage> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        '|=' as const,
        '!=' as const,
        '|~' as const,
        '!~' as const,
        '|>' as const,
        '!>' as const,
      ),
      fc.array(fc.tuple(fc.boolean(), text), { minLength: 1, maxLength: 3 }),
    )
    .map(
      ([op, values]): Stage => ({
        kind: 'line-filter',
        op,
        alternatives: values.map(([ip, value]) => ({
          kind: ip && (op === '|=' || op === '!=') ? 'ip' : 'text',
          value,
          ...AT,
        })),
        ...AT,
      }),
    ),
  extractions.map((list): Stage => ({ kind: 'json', extractions: list, ...AT })),
  fc
    .tuple(fc.boolean(), fc.boolean(), extractions)
    .map(
      ([strict, keepEmpty, list]): Stage => ({ kind: 'logfmt', strict, keepEmpty, extractions: list, ...AT }),
    ),
  text.map((pattern): Stage => ({ kind: 'regexp', pattern, ...AT })),
  text.map((pattern): Stage => ({ kind: 'pattern', pattern, ...AT })),
  fc.constantFrom<Stage>({ kind: 'unpack', ...AT }, { kind: 'decolorize', ...AT }),
  labelFilter.map((filter): Stage => ({ kind: 'label-filter', filter, ...AT })),
  text.map((template): Stage => ({ kind: 'line-format', template, ...AT })),
  fc
    .uniqueArray(fc.tuple(name, format), { minLength: 1, maxLength: 3, selector: ([label]) => label })
    .filter((formats) => formats.every(([label]) => label !== '__error__'))
    .map(
      (formats): Stage => ({
        kind: 'label-format',
        formats: formats.map(([label, one]) => ({ ...one, label, ...AT })),
        ...AT,
      }),
    ),
  choices.map((labels): Stage => ({ kind: 'drop', labels, ...AT })),
  choices.map((labels): Stage => ({ kind: 'keep', labels, ...AT })),
)
const stages = fc.array(stage, { maxLength: 4 })

const unwrap: fc.Arbitrary<Unwrap> = fc
  .tuple(
    name,
    fc.constantFrom(undefined, 'duration' as const, 'duration_seconds' as const, 'bytes' as const),
    fc.array(labelFilter, { maxLength: 2 }),
  )
  .map(([label, conversion, filters]) => ({
    kind: 'unwrap',
    label,
    conversion,
    filters: filters.map((filter) => ({ kind: 'label-filter', filter, ...AT })),
    ...AT,
  }))

function logRange(unwrapped: boolean): fc.Arbitrary<LogRange> {
  return fc
    .tuple(
      selector,
      stages,
      unwrap,
      durationNs,
      fc.oneof(
        fc.constant(0),
        durationNs,
        durationNs.map((ns) => -ns),
      ),
    )
    .map(([from, list, one, rangeNs, offsetNs]) => ({
      kind: 'log-range',
      selector: from,
      stages: list,
      unwrap: unwrapped ? one : undefined,
      rangeNs,
      offsetNs,
      ...AT,
    }))
}

const grouping: fc.Arbitrary<Grouping> = fc
  .tuple(fc.boolean(), fc.array(name, { maxLength: 3 }))
  .map(([without, labels]) => ({ kind: 'grouping', without, labels, ...AT }))

const rangeAggregation: fc.Arbitrary<MetricExpr> = fc
  .tuple(fc.constantFrom(...RANGE_OPS.entries()), fc.boolean())
  .chain(([[op, rules], chosen]) =>
    fc
      .tuple(
        logRange(rules.unwrap === 'always' || (rules.unwrap === 'either' && chosen)),
        rules.grouping ? fc.option(grouping, { nil: undefined }) : fc.constant(undefined),
        fc.double({ min: 0, max: 1, noNaN: true }),
      )
      .map(
        ([range, group, phi]): MetricExpr => ({
          kind: 'range-aggregation',
          op,
          parameter: op === 'quantile_over_time' ? Math.abs(phi) : undefined,
          range,
          grouping: group,
          ...AT,
        }),
      ),
  )

const matching = fc
  .tuple(
    fc.boolean(),
    fc.array(name, { maxLength: 2 }),
    fc.constantFrom(undefined, 'left' as const, 'right' as const),
    fc.constantFrom([], ['zone'], ['zone', 'node']),
  )
  .map(([on, labels, group, include]) => ({
    kind: 'matching' as const,
    on,
    labels,
    group,
    include: group === undefined ? [] : include,
    ...AT,
  }))

function binary(
  op: BinaryExpr['op'],
  left: MetricExpr,
  right: MetricExpr,
  bool: boolean,
  match: BinaryExpr['matching'],
): MetricExpr {
  const set = op === 'and' || op === 'or' || op === 'unless'
  const literal = isScalar(left) || isScalar(right)
  // What the grammar refuses is turned into its nearest neighbour.
  if (set && literal) return binary('+', left, right, bool, match)
  const allowed = literal
    ? undefined
    : set && match !== undefined
      ? { ...match, group: undefined, include: [] }
      : match
  return { kind: 'binary', op, left, right, bool: bool && /^[=!<>]/.test(op), matching: allowed, ...AT }
}

export const metricExpr: fc.Arbitrary<MetricExpr> = fc.letrec<{ metric: MetricExpr }>((tie) => ({
  metric: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    rangeAggregation,
    number.map((value): MetricExpr => ({ kind: 'literal', value, ...AT })),
    number.map((value): MetricExpr => ({ kind: 'vector', value, ...AT })),
    fc
      .tuple(
        fc.constantFrom(...VECTOR_OPS),
        tie('metric'),
        fc.option(grouping, { nil: undefined }),
        fc.integer({ min: 1, max: 9 }),
      )
      .map(
        ([op, operand, group, k]): MetricExpr => ({
          kind: 'vector-aggregation',
          op,
          parameter: op.endsWith('k') ? k : undefined,
          operand,
          grouping: op.startsWith('sort') || op === 'approx_topk' ? undefined : group,
          ...AT,
        }),
      ),
    fc
      .tuple(
        fc.constantFrom<BinaryExpr['op'][]>(
          'or',
          'and',
          'unless',
          '==',
          '!=',
          '>',
          '>=',
          '<',
          '<=',
          '+',
          '-',
          '*',
          '/',
          '%',
          '^',
        ),
        tie('metric'),
        tie('metric'),
        fc.boolean(),
        fc.option(matching, { nil: undefined }),
      )
      .map(([op, left, right, bool, match]) => binary(op, left, right, bool, match)),
    fc.tuple(tie('metric'), text, text, text).map(
      ([operand, replacement, source, pattern]): MetricExpr => ({
        kind: 'label-replace',
        operand,
        destination: 'dst',
        replacement,
        source,
        pattern,
        ...AT,
      }),
    ),
  ),
})).metric

export const expr: fc.Arbitrary<Expr> = fc.oneof(
  metricExpr,
  fc
    .tuple(selector, stages)
    .map(([from, list]): Expr => ({ kind: 'log', selector: from, stages: list, ...AT })),
)

const PLACES: ReadonlySet<string> = new Set(['start', 'end', 'operatorAt'])

/** A tree to compare, of LogQL or PromQL: without the places of its nodes. */
export function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => !PLACES.has(key))
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutPlaces(inner)]))
}
