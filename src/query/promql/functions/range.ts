import type { Call, Span } from '../ast.ts'
import { PromqlEvaluationError } from '../error.ts'
import type { Context, Scope } from '../evaluate/context.ts'
import { applyKernel, rangesOf } from '../evaluate/range.ts'
import { NOTHING, type ScalarValue, type VectorValue } from '../evaluate/value.ts'
import { FLOAT } from '../grid.ts'
import type { Notes } from '../notes.ts'
import { unwrapped } from '../types.ts'
import { changesKernel } from '../window/changes.ts'
import { anchoredKernel, extendedRateKernel } from '../window/extended.ts'
import { integralKernel } from '../window/integral.ts'
import { lastTwoKernel } from '../window/last-two.ts'
import {
  averageKernel,
  countKernel,
  edgeKernel,
  edgeTimeKernel,
  extremeKernel,
  extremeTimeKernel,
  medianDeviationKernel,
  presentKernel,
  quantileKernel,
  sumKernel,
  varianceKernel,
} from '../window/over-time.ts'
import { type RateKind, rateKernel } from '../window/rate.ts'
import { derivKernel, predictKernel, smoothingKernel } from '../window/regression.ts'
import type { Kernel } from '../window/window.ts'

/** What a kernel is made of. */
type Parts = {
  readonly func: string
  readonly rangeMs: number
  readonly extension: 'anchored' | 'smoothed' | undefined
  readonly notes: Notes
  /** Place of the range vector. */
  readonly at: Span
  /** The scalar arguments in their order, and their places. */
  readonly scalars: ReadonlyArray<Float64Array>
  readonly scalarsAt: ReadonlyArray<Span>
}

type RangeFunction = {
  /** Which argument is the range vector. */
  readonly matrix: number
  readonly kernel: (parts: Parts) => Kernel
}

function rate(kind: RateKind): RangeFunction {
  return {
    matrix: 0,
    kernel: ({ rangeMs, extension, notes, at }) =>
      extension === undefined
        ? rateKernel(kind, rangeMs, notes, at)
        : extendedRateKernel(kind, extension, rangeMs, notes, at),
  }
}

function counted(func: 'changes' | 'resets'): RangeFunction {
  const kernel = changesKernel(func)
  return {
    matrix: 0,
    kernel: ({ extension }) => (extension === undefined ? kernel : anchoredKernel(kernel)),
  }
}

function plain(kernel: (notes: Notes, at: Span) => Kernel): RangeFunction {
  return { matrix: 0, kernel: ({ notes, at }) => kernel(notes, at) }
}

/** The functions of a range vector. */
export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ['rate', rate({ counter: true, perSecond: true })],
  ['increase', rate({ counter: true, perSecond: false })],
  ['delta', rate({ counter: false, perSecond: false })],
  ['irate', plain((notes, at) => lastTwoKernel(true, notes, at))],
  ['idelta', plain((notes, at) => lastTwoKernel(false, notes, at))],
  ['changes', counted('changes')],
  ['resets', counted('resets')],
  ['deriv', plain(derivKernel)],
  [
    'predict_linear',
    { matrix: 0, kernel: ({ scalars, notes, at }) => predictKernel(scalars[0]!, notes, at) },
  ],
  ['double_exponential_smoothing', { matrix: 0, kernel: smoothing }],
  ['sum_over_time', plain(sumKernel)],
  ['avg_over_time', plain(averageKernel)],
  ['min_over_time', plain((notes, at) => extremeKernel('min', notes, at))],
  ['max_over_time', plain((notes, at) => extremeKernel('max', notes, at))],
  ['count_over_time', plain(countKernel)],
  ['last_over_time', plain(() => edgeKernel('last'))],
  ['first_over_time', plain(() => edgeKernel('first'))],
  ['present_over_time', plain(presentKernel)],
  ['stddev_over_time', plain((notes, at) => varianceKernel(true, notes, at))],
  ['stdvar_over_time', plain((notes, at) => varianceKernel(false, notes, at))],
  ['mad_over_time', plain(medianDeviationKernel)],
  ['ts_of_first_over_time', plain(() => edgeTimeKernel('first'))],
  ['ts_of_last_over_time', plain(() => edgeTimeKernel('last'))],
  ['ts_of_min_over_time', plain((notes, at) => extremeTimeKernel('min', notes, at))],
  ['ts_of_max_over_time', plain((notes, at) => extremeTimeKernel('max', notes, at))],
  [
    'integral',
    {
      matrix: 0,
      kernel: ({ scalars, scalarsAt, notes, at }) => integralKernel(scalars[0], notes, at, scalarsAt[0]),
    },
  ],
  [
    'quantile_over_time',
    {
      matrix: 1,
      kernel: ({ scalars, scalarsAt, notes, at }) => quantileKernel(scalars[0]!, notes, at, scalarsAt[0]!),
    },
  ],
])

function smoothing({ scalars, notes, at }: Parts): Kernel {
  const [level, trend] = scalars
  for (const [name, factors] of [
    ['smoothing', level!],
    ['trend', trend!],
  ] as const)
    for (const factor of factors)
      if (!(factor > 0 && factor < 1))
        throw new PromqlEvaluationError(
          `invalid ${name} factor. Expected: 0 < ${name === 'smoothing' ? 'sf' : 'tf'} < 1, got: ${factor}`,
        )
  return smoothingKernel(level!, trend!, notes, at)
}

const EXTENDED: Readonly<Record<'anchored' | 'smoothed', ReadonlyArray<string>>> = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
}

/** Functions that give a sample of the series itself. */
export const KEEPS_NAME: ReadonlySet<string> = new Set(['last_over_time', 'first_over_time'])

export async function rangeFunction(call: Call, scope: Scope, context: Context): Promise<VectorValue> {
  const { matrix, kernel } = RANGE_FUNCTIONS.get(call.func)!
  const inner = { ...scope, hints: { func: call.func, by: undefined } }
  const scalars: Float64Array[] = []
  const scalarsAt: Span[] = []
  for (const [i, arg] of call.args.entries()) {
    if (i === matrix) continue
    const value = (await context.evaluate(arg, inner)) as ScalarValue
    scalars.push(value.values)
    scalarsAt.push(arg)
  }
  const at = call.args[matrix]!
  const range = unwrapped(at)
  if (range.kind !== 'matrix' && range.kind !== 'subquery') return NOTHING
  const extension = range.kind === 'matrix' ? range.selector.extension : undefined
  if (extension !== undefined && !EXTENDED[extension].includes(call.func))
    throw new PromqlEvaluationError(
      `${extension} modifier can only be used with: ${EXTENDED[extension].join(', ')} - not with ${call.func}`,
    )
  const ranges = await rangesOf(range, inner, context)
  const { notes } = context
  const parts = { func: call.func, rangeMs: ranges.rangeMs, extension, notes, at, scalars, scalarsAt }
  const result = await applyKernel(ranges, kernel(parts), !KEEPS_NAME.has(call.func), inner, context)
  const names = result.series
    .filter(({ kinds }) => kinds.includes(FLOAT))
    .map(({ series }) => series.labels.get('__name__') ?? '')
  noteNames(call.func, names, at, notes)
  return result
}

const COUNTER_NAME = /_(?:total|sum|count|bucket)$/

/** Of a rate of what may be no counter, by its name. */
export function noteNames(func: string, names: ReadonlyArray<string>, at: Span, notes: Notes): void {
  if (func !== 'rate' && func !== 'increase') return
  for (const name of names) if (name !== '' && !COUNTER_NAME.test(name)) notes.perhapsNoCounter(name, at)
}

/** absent_over_time: 1 where no series has a sample in its range. */
export async function absentOverTime(call: Call, scope: Scope, context: Context): Promise<boolean[]> {
  const range = unwrapped(call.args[0]!)
  const present = Array.from({ length: scope.grid.count }, () => false)
  if (range.kind !== 'matrix' && range.kind !== 'subquery') return present
  const inner = { ...scope, hints: { func: call.func, by: undefined } }
  const ranges = await rangesOf(range, inner, context)
  const { series } = await applyKernel(ranges, presentKernel(), true, inner, context)
  for (const { kinds } of series)
    for (let step = 0; step < kinds.length; step++) if (kinds[step] === FLOAT) present[step] = true
  return present
}
