import { printLabels, type Series, seriesOf } from '../../logql/metrics/series.ts'
import type { Call, Matcher, VectorSelector } from '../ast.ts'
import { PromqlEvaluationError } from '../error.ts'
import type { Context, Scope } from '../evaluate/context.ts'
import { instantVector } from '../evaluate/instant.ts'
import { filledOf, SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { ABSENT, type GridSeries } from '../grid.ts'
import { compileMatcher } from '../matcher.ts'
import { unwrapped } from '../types.ts'

const NAME_LABEL = '__name__'
const DEFAULT_INFO_METRIC = 'target_info'
/** What says that an info metric is of the same target. */
const IDENTIFYING = ['instance', 'job']

/**
 * info(): the labels of the info metric of the same `instance` and `job` are added to each series: those that the second
 * argument names, or all. Where it asks for a value and there is none, the series is left out.
 */
export async function joinInfo(
  { args }: Call,
  vector: VectorValue,
  scope: Scope,
  context: Context,
): Promise<VectorValue> {
  const matchers = matchersOf(args[1] === undefined ? undefined : unwrapped(args[1]))
  const names = matchers.filter(({ name }) => name === NAME_LABEL)
  const wanted = matchers.filter(({ name }) => name !== NAME_LABEL)
  const isInfo = names.map((matcher) => compileMatcher(matcher))
  const infos = await infoSeries(vector, names, wanted, scope, context)
  const results = new Map<string, SeriesWriter>()
  for (const base of vector.series) {
    const own = base.series.labels.get(NAME_LABEL) ?? ''
    const isInfoItself =
      names.length > 0 ? isInfo.every((matches) => matches(own)) : own === DEFAULT_INFO_METRIC
    const partners = isInfoItself ? undefined : (infos.get(identityOf(base.series)) ?? [])
    join(base, partners, wanted, scope.grid.count, results)
  }
  return { kind: 'vector', series: filledOf(results.values()) }
}

function matchersOf(argument: { readonly kind: string } | undefined): ReadonlyArray<Matcher> {
  return argument?.kind === 'selector' ? (argument as VectorSelector).matchers : []
}

function identityOf({ labels }: Series): string {
  return IDENTIFYING.map((name) => labels.get(name) ?? '').join('\u0000')
}

async function infoSeries(
  { series }: VectorValue,
  names: ReadonlyArray<Matcher>,
  wanted: ReadonlyArray<Matcher>,
  scope: Scope,
  context: Context,
): Promise<Map<string, GridSeries[]>> {
  const found = new Map<string, GridSeries[]>()
  if (series.length === 0) return found
  const place = { kind: 'matcher', start: 0, end: 0 } as const
  const named: ReadonlyArray<Matcher> =
    names.length > 0 ? names : [{ ...place, name: NAME_LABEL, op: '=', value: DEFAULT_INFO_METRIC }]
  const selector: VectorSelector = {
    kind: 'selector',
    name: undefined,
    // What matches the empty value too also takes series that have no info at all: those matchers are looked at later.
    matchers: [...named, ...wanted.filter((matcher) => !compileMatcher(matcher)(''))],
    extension: undefined,
    modifiers: { offset: undefined, at: undefined },
    start: 0,
    end: 0,
  }
  for (const one of (await instantVector(selector, scope, context)).series) {
    const identity = identityOf(one.series)
    found.set(identity, [...(found.get(identity) ?? []), one])
  }
  return found
}

function join(
  base: GridSeries,
  partners: ReadonlyArray<GridSeries> | undefined,
  wanted: ReadonlyArray<Matcher>,
  count: number,
  results: Map<string, SeriesWriter>,
): void {
  const required = wanted.some((matcher) => !compileMatcher(matcher)(''))
  for (let step = 0; step < count; step++) {
    if (base.kinds[step] === ABSENT) continue
    const there = (partners ?? []).filter(({ kinds }) => kinds[step] !== ABSENT)
    if (partners !== undefined && there.length === 0 && required) continue
    const series = there.length === 0 ? base.series : withInfo(base.series, there, wanted)
    let writer = results.get(series.key)
    if (writer === undefined) {
      writer = new SeriesWriter(series, count, base.dropName)
      results.set(series.key, writer)
    }
    if (writer.kinds[step] !== ABSENT)
      throw new PromqlEvaluationError('vector cannot contain metrics with the same labelset')
    writer.copy(step, base)
  }
}

function withInfo(base: Series, infos: ReadonlyArray<GridSeries>, wanted: ReadonlyArray<Matcher>): Series {
  const names = new Set(wanted.map(({ name }) => name))
  const added = new Map<string, string>()
  const metrics = new Set<string>()
  for (const { series } of infos) {
    const metric = series.labels.get(NAME_LABEL) ?? ''
    if (metrics.has(metric))
      throw new PromqlEvaluationError(
        `found duplicate series for info metric: existing ${printLabels(infos[0]!.series.labels)}, new ${printLabels(series.labels)}`,
      )
    metrics.add(metric)
    for (const [name, value] of series.labels) {
      if (name === NAME_LABEL || base.labels.has(name) || (names.size > 0 && !names.has(name))) continue
      const before = added.get(name)
      if (before !== undefined && before !== value)
        throw new PromqlEvaluationError(`conflicting label: ${name}`)
      added.set(name, value)
    }
  }
  return seriesOf(new Map([...base.labels, ...added]))
}
