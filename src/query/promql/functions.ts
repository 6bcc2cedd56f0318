import type { ValueType } from './ast.ts'

export type FunctionSignature = {
  readonly args: ReadonlyArray<ValueType>
  /** How many of the last arguments may be left out; 'any': the last one may be left out, or repeated. */
  readonly optional: number | 'any'
  /** How often the last argument may stand beyond `args`. */
  readonly more: number
  readonly returns: ValueType
}

function signature(
  args: ReadonlyArray<ValueType>,
  options: { optional?: number | 'any'; more?: number; returns?: ValueType } = {},
): FunctionSignature {
  return {
    args,
    optional: options.optional ?? 0,
    more: options.more ?? 0,
    returns: options.returns ?? 'vector',
  }
}

const OF_VECTOR =
  'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_sum ' +
  'histogram_stddev histogram_stdvar ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp'
const OF_TIME = 'days_in_month day_of_month day_of_week day_of_year hour minute month year'
const OF_RANGE =
  'absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time ' +
  'mad_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time ' +
  'ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time'
const CONSTANTS = 'end pi range start step time'

/** Every function of PromQL, those that Prometheus calls experimental among them. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map([
  ...OF_VECTOR.split(' ').map((name) => [name, signature(['vector'])] as const),
  ...OF_TIME.split(' ').map((name) => [name, signature(['vector'], { optional: 1 })] as const),
  ...OF_RANGE.split(' ').map((name) => [name, signature(['matrix'])] as const),
  ...CONSTANTS.split(' ').map((name) => [name, signature([], { returns: 'scalar' })] as const),
  ['clamp', signature(['vector', 'scalar', 'scalar'])],
  ['clamp_max', signature(['vector', 'scalar'])],
  ['clamp_min', signature(['vector', 'scalar'])],
  ['double_exponential_smoothing', signature(['matrix', 'scalar', 'scalar'])],
  ['histogram_fraction', signature(['scalar', 'scalar', 'vector'])],
  ['histogram_quantile', signature(['scalar', 'vector'])],
  ['histogram_quantiles', signature(['vector', 'string', 'scalar', 'scalar'], { optional: 1, more: 8 })],
  ['integral', signature(['matrix', 'scalar'], { optional: 1 })],
  ['info', signature(['vector', 'vector'], { optional: 1 })],
  ['label_join', signature(['vector', 'string', 'string', 'string'], { optional: 'any' })],
  ['label_replace', signature(['vector', 'string', 'string', 'string', 'string'])],
  ['max_of', signature(['scalar', 'scalar'], { returns: 'scalar' })],
  ['min_of', signature(['scalar', 'scalar'], { returns: 'scalar' })],
  ['predict_linear', signature(['matrix', 'scalar'])],
  ['quantile_over_time', signature(['scalar', 'matrix'])],
  ['round', signature(['vector', 'scalar'], { optional: 1 })],
  ['scalar', signature(['vector'], { returns: 'scalar' })],
  ['sort_by_label', signature(['vector', 'string'], { optional: 'any' })],
  ['sort_by_label_desc', signature(['vector', 'string'], { optional: 'any' })],
  ['vector', signature(['scalar'])],
])
