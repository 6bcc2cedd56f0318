import { printLabels, type Series, seriesOf } from '../../logql/metrics/series.ts'
import type { Call, Matcher, Modifiers, VectorSelector } from '../ast.ts'
import { PromqlEvaluationError } from '../error.ts'
import type { Context, Scope } from '../evaluate/context.ts'
import { instantVector } from '../evaluate/instant.ts'
import { filledOf, SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { ABSENT, type GridSeries } from '../grid.ts'
import { compileMatcher } from '../matcher.ts'
import { unwrapped } from '../types.ts'
import { infoModifiers } from './info-reference.ts'
import { METADATA_LABELS } from './labels.ts'

const NAME_LABEL = '__name__'
const DEFAULT_INFO_METRIC = 'target_info'
/** What says that an info metric is of the same target. */
const IDENTIFYING = ['instance', 'job']

const PLACE = { kind: 'matcher', start: 0, end: 0 } as const

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
  const names = nameMatchers(matchers.filter(({ name }) => name === NAME_LABEL))
  const wanted = matchers.filter(({ name }) => name !== NAME_LABEL)
  const isInfo = names.map((matcher) => compileMatcher(matcher))
  const modifiers = infoModifiers(args[0]!, context.times)
  const infos =
    vector.series.length === 0
      ? new Map<string, GridSeries[]>()
      : await infoSeries(names, wanted, modifiers, scope, context)
  const results = new Map<string, SeriesWriter>()
  for (const base of vector.series) {
    const own = base.series.labels.get(NAME_LABEL) ?? ''
    const isInfoItself = isInfo.every((matches) => matches(own))
    const partners = isInfoItself ? undefined : (infos.get(identityOf(base.series)) ?? [])
    join(base, partners, wanted, scope.grid.count, results)
  }
  return { kind: 'vector', series: filledOf(results.values()) }
}

function matchersOf(argument: { readonly kind: string } | undefined): ReadonlyArray<Matcher> {
  return argument?.kind === 'selector' ? (argument as VectorSelector).matchers : []
}

/** Which metrics are info metrics: target_info, or what is asked for; where that only excludes some, those that are named so. */
function nameMatchers(asked: ReadonlyArray<Matcher>): ReadonlyArray<Matcher> {
  if (asked.length === 0) return [{ ...PLACE, name: NAME_LABEL, op: '=', value: DEFAULT_INFO_METRIC }]
  if (asked.some(({ op }) => op === '=' || op === '=~')) return asked
  return [{ ...PLACE, name: NAME_LABEL, op: '=~', value: '.+_info' }, ...asked]
}

/** Empty where there is neither of the labels: such a series has no target. */
function identityOf({ labels }: Series): string {
  const values = IDENTIFYING.map((name) => labels.get(name) ?? '')
  return values.every((value) => value === '') ? '' : values.join('\u0000')
}

/** When each info series was last written, in ms, by its target. */
async function infoSeries(
  names: ReadonlyArray<Matcher>,
  wanted: ReadonlyArray<Matcher>,
  modifiers: Modifiers,
  scope: Scope,
  context: Context,
): Promise<Map<string, GridSeries[]>> {
  const found = new Map<string, GridSeries[]>()
  const selector: VectorSelector = {
    kind: 'selector',
    name: undefined,
    // What matches the empty value too also takes series that have no info at all: those matchers are looked at later.
    matchers: [...names, ...wanted.filter((matcher) => !compileMatcher(matcher)(''))],
    extension: undefined,
    modifiers,
    start: 0,
    end: 0,
  }
  for (const one of (await instantVector(selector, scope, context, 'float-ms')).series) {
    const identity = identityOf(one.series)
    if (identity === '') continue
    const members = found.get(identity)
    if (members === undefined) found.set(identity, [one])
    else members.push(one)
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
    const there = newestAt(partners ?? [], step)
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

/** Of each info metric the series that was written last: one that was replaced is still found for the lookback. */
function newestAt(partners: ReadonlyArray<GridSeries>, step: number): ReadonlyArray<GridSeries> {
  const newest = new Map<string, GridSeries>()
  for (const one of partners) {
    if (one.kinds[step] === ABSENT) continue
    const metric = one.series.labels.get(NAME_LABEL) ?? ''
    const before = newest.get(metric)
    const [ms, beforeMs] = [one.values[step]!, before?.values[step] ?? Number.NEGATIVE_INFINITY]
    if (ms === beforeMs)
      throw new PromqlEvaluationError(
        `found duplicate series for info metric: existing ${printLabels(before!.series.labels)} @ ${beforeMs}, new ${printLabels(one.series.labels)} @ ${ms}`,
      )
    if (ms > beforeMs) newest.set(metric, one)
  }
  return [...newest.values()]
}

function withInfo(base: Series, infos: ReadonlyArray<GridSeries>, wanted: ReadonlyArray<Matcher>): Series {
  const names = new Set(wanted.map(({ name }) => name))
  const added = new Map<string, string>()
  for (const { series } of infos)
    for (const [name, value] of series.labels) {
      if (METADATA_LABELS.has(name) || base.labels.has(name) || (names.size > 0 && !names.has(name))) continue
      const before = added.get(name)
      if (before !== undefined && before !== value)
        throw new PromqlEvaluationError(`conflicting label: ${name}`)
      added.set(name, value)
    }
  return seriesOf(new Map([...base.labels, ...added]))
}
