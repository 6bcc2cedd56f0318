import type { Call, Expr } from '../ast.ts'
import type { Context, Scope } from '../evaluate/context.ts'
import { instantOf } from '../evaluate/context.ts'
import { instantVector } from '../evaluate/instant.ts'
import {
  constant,
  filledOf,
  mapFloats,
  NOTHING,
  type ScalarValue,
  SeriesWriter,
  type Value,
  type VectorValue,
  vectorOfScalar,
} from '../evaluate/value.ts'
import { ABSENT, FLOAT } from '../grid.ts'
import { unwrapped } from '../types.ts'
import { absent } from './absent.ts'
import { CALENDAR, calendarPart } from './calendar.ts'
import { fractions, labelledQuantiles, OF_HISTOGRAM, quantiles } from './histogram-calls.ts'
import { mapHistograms } from './histograms.ts'
import { joinInfo } from './info.ts'
import { labelJoin, labelReplace } from './labels.ts'
import { clamp, MATH, round } from './math.ts'
import { absentOverTime, RANGE_FUNCTIONS, rangeFunction } from './range.ts'
import { sortedByLabels, sortedByValue } from './sorting.ts'

/** One call, with its arguments evaluated by their types. */
class Arguments {
  readonly call: Call
  readonly scope: Scope
  readonly context: Context

  constructor(call: Call, scope: Scope, context: Context) {
    this.call = call
    this.scope = { ...scope, hints: { func: call.func, by: undefined } }
    this.context = context
  }

  expr(i: number): Expr {
    return this.call.args[i]!
  }

  get count(): number {
    return this.call.args.length
  }

  #value(i: number): Promise<Value> {
    return this.context.evaluate(this.expr(i), this.scope)
  }

  async vector(i: number): Promise<VectorValue> {
    const value = await this.#value(i)
    return value.kind === 'vector' ? value : NOTHING
  }

  async scalar(i: number): Promise<Float64Array> {
    const value = await this.#value(i)
    return value.kind === 'scalar' ? value.values : new Float64Array(this.scope.grid.count)
  }

  async string(i: number): Promise<string> {
    const value = await this.#value(i)
    return value.kind === 'string' ? value.value : ''
  }

  async strings(from: number): Promise<string[]> {
    const strings: string[] = []
    for (let i = from; i < this.count; i++) strings.push(await this.string(i))
    return strings
  }
}

type Implementation = (args: Arguments) => Promise<Value>

function clamped(
  least: (i: number) => number,
  most: (i: number) => number,
  vector: VectorValue,
): VectorValue {
  return mapFloats(vector, (value, step) => clamp(value, least(step), most(step)))
}

async function clampBoth(args: Arguments): Promise<Value> {
  const [vector, least, most] = [await args.vector(0), await args.scalar(1), await args.scalar(2)]
  const inverted = least.findIndex((value, step) => value > most[step]!)
  const result = clamped(
    (step) => least[step]!,
    (step) => most[step]!,
    vector,
  )
  return inverted === -1 ? result : withoutSteps(result, (step) => least[step]! > most[step]!)
}

function withoutSteps({ series }: VectorValue, isOut: (step: number) => boolean): VectorValue {
  const writers = series.map((from) => {
    const writer = new SeriesWriter(from.series, from.kinds.length, from.dropName)
    for (let step = 0; step < from.kinds.length; step++) if (!isOut(step)) writer.copy(step, from)
    return writer
  })
  return { kind: 'vector', series: filledOf(writers) }
}

async function timestamps(args: Arguments): Promise<Value> {
  const inner = unwrapped(args.expr(0))
  if (inner.kind === 'selector') return instantVector(inner, args.scope, args.context, 'timestamp')
  const { series } = await args.vector(0)
  const { grid } = args.scope
  const writers = series.map(({ series: label, kinds }) => {
    const writer = new SeriesWriter(label, grid.count, true)
    for (let step = 0; step < grid.count; step++)
      if (kinds[step] !== ABSENT) writer.float(step, instantOf(grid, step) / 1000)
    return writer
  })
  return { kind: 'vector', series: filledOf(writers) }
}

/** The value of the only float at an instant; NaN where there is none, or several. */
async function scalarOf(args: Arguments): Promise<ScalarValue> {
  const { series } = await args.vector(0)
  const values = new Float64Array(args.scope.grid.count)
  for (let step = 0; step < values.length; step++) {
    const floats = series.filter(({ kinds }) => kinds[step] === FLOAT)
    values[step] = floats.length === 1 ? floats[0]!.values[step]! : Number.NaN
  }
  return { kind: 'scalar', values }
}

async function absentNow(args: Arguments): Promise<Value> {
  const { series } = await args.vector(0)
  const present = Array.from({ length: args.scope.grid.count }, (_, step) =>
    series.some(({ kinds }) => kinds[step] !== ABSENT),
  )
  return absent(args.expr(0), present)
}

function timesOf({ grid }: Scope): ScalarValue {
  const values = new Float64Array(grid.count)
  for (let step = 0; step < grid.count; step++) values[step] = instantOf(grid, step) / 1000
  return { kind: 'scalar', values }
}

async function calendar(args: Arguments): Promise<Value> {
  const { func } = args.call
  const vector = args.count === 0 ? vectorOfScalar(timesOf(args.scope)) : await args.vector(0)
  return mapFloats(vector, (value) => calendarPart(func, value))
}

async function ofTwo(args: Arguments, combine: (a: number, b: number) => number): Promise<Value> {
  const [left, right] = [await args.scalar(0), await args.scalar(1)]
  return { kind: 'scalar', values: left.map((value, i) => combine(value, right[i]!)) }
}

async function labelled(args: Arguments): Promise<Value> {
  const phis: Array<{ values: Float64Array; at: Expr }> = []
  for (let i = 2; i < args.count; i++) phis.push({ values: await args.scalar(i), at: args.expr(i) })
  const [vector, label] = [await args.vector(0), await args.string(1)]
  return labelledQuantiles(vector, label, phis, args.context.notes, args.expr(0))
}

async function byValue(args: Arguments, direction: 1 | -1): Promise<Value> {
  noteRange(args)
  return sortedByValue(await args.vector(0), direction)
}

async function byLabels(args: Arguments, direction: 1 | -1): Promise<Value> {
  noteRange(args)
  return sortedByLabels(await args.vector(0), await args.strings(1), direction)
}

function noteRange({ scope, context, call }: Arguments): void {
  if (scope.grid.count > 1) context.notes.sortedRange(call)
}

const CALLS: ReadonlyMap<string, Implementation> = new Map<string, Implementation>([
  ['absent', absentNow],
  [
    'absent_over_time',
    async ({ call, scope, context }) => absent(call.args[0]!, await absentOverTime(call, scope, context)),
  ],
  ['clamp', clampBoth],
  [
    'clamp_max',
    async (args) => {
      const [vector, most] = [await args.vector(0), await args.scalar(1)]
      return mapFloats(vector, (value, step) => Math.min(most[step]!, value))
    },
  ],
  [
    'clamp_min',
    async (args) => {
      const [vector, least] = [await args.vector(0), await args.scalar(1)]
      return mapFloats(vector, (value, step) => Math.max(least[step]!, value))
    },
  ],
  ['end', async ({ scope, context }) => constant(context.times.endMs / 1000, scope.grid)],
  [
    'histogram_fraction',
    async (args) => {
      const [lower, upper, vector] = [await args.scalar(0), await args.scalar(1), await args.vector(2)]
      return fractions(vector, lower, upper, args.context.notes, args.expr(2))
    },
  ],
  [
    'histogram_quantile',
    async (args) => {
      const [phis, vector] = [await args.scalar(0), await args.vector(1)]
      return quantiles(vector, phis, args.context.notes, args.expr(0), args.expr(1))
    },
  ],
  ['histogram_quantiles', labelled],
  ['info', async (args) => joinInfo(args.call, await args.vector(0), args.scope, args.context)],
  [
    'label_join',
    async (args) => {
      const [destination, separator, ...sources] = await args.strings(1)
      return labelJoin(await args.vector(0), destination!, separator!, sources)
    },
  ],
  [
    'label_replace',
    async (args) => {
      const [destination, replacement, source, pattern] = await args.strings(1)
      return labelReplace(await args.vector(0), destination!, replacement!, source!, pattern!)
    },
  ],
  ['max_of', (args) => ofTwo(args, Math.max)],
  ['min_of', (args) => ofTwo(args, Math.min)],
  ['pi', async ({ scope }) => constant(Math.PI, scope.grid)],
  [
    'range',
    async ({ scope, context }) => constant((context.times.endMs - context.times.startMs) / 1000, scope.grid),
  ],
  [
    'round',
    async (args) => {
      const vector = await args.vector(0)
      const nearest = args.count === 1 ? undefined : await args.scalar(1)
      return mapFloats(vector, (value, step) => round(value, nearest?.[step] ?? 1))
    },
  ],
  ['scalar', scalarOf],
  ['sort', (args) => byValue(args, 1)],
  ['sort_by_label', (args) => byLabels(args, 1)],
  ['sort_by_label_desc', (args) => byLabels(args, -1)],
  ['sort_desc', (args) => byValue(args, -1)],
  ['start', async ({ scope, context }) => constant(context.times.startMs / 1000, scope.grid)],
  ['step', async ({ scope, context }) => constant(context.times.stepMs / 1000, scope.grid)],
  ['time', async ({ scope }) => timesOf(scope)],
  ['timestamp', timestamps],
  ['vector', async (args) => vectorOfScalar({ kind: 'scalar', values: await args.scalar(0) })],
])

/** The value of a call of any function. */
export async function evaluateCall(call: Call, scope: Scope, context: Context): Promise<Value> {
  const { func } = call
  if (RANGE_FUNCTIONS.has(func)) return rangeFunction(call, scope, context)
  const args = new Arguments(call, scope, context)
  const math = MATH.get(func)
  if (math !== undefined) return mapFloats(await args.vector(0), math)
  const ofHistogram = OF_HISTOGRAM.get(func)
  if (ofHistogram !== undefined) return mapHistograms(await args.vector(0), ofHistogram)
  if (CALENDAR.has(func)) return calendar(args)
  return CALLS.get(func)!(args)
}
