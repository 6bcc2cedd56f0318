/** Bounds of a query's text, so that none can exhaust the stack or the memory before a sample is read. */
export { LIST_LENGTH_MAX, PATTERN_LENGTH_MAX, QUERY_DEPTH_MAX, QUERY_LENGTH_MAX } from '../logql/limits.ts'

/** Bounds of an evaluation. */
export type EvaluationLimits = {
  /** Instants of the result's grid. */
  readonly pointsMax: number
  /** Series of any vector of the query, the result among them. */
  readonly seriesMax: number
  /** Samples that a query reads and makes: what selectors give, and the points of all its grids. About 16 bytes each. */
  readonly samplesMax: number
}

export const DEFAULT_LIMITS: EvaluationLimits = {
  pointsMax: 11_000,
  seriesMax: 100_000,
  samplesMax: 10_000_000,
}
