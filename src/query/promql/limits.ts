/** Bounds of a query's text, so that none can exhaust the stack or the memory before a sample is read. */
export { LIST_LENGTH_MAX, PATTERN_LENGTH_MAX, QUERY_DEPTH_MAX, QUERY_LENGTH_MAX } from '../logql/limits.ts'

/** Bounds of an evaluation. */
export type EvaluationLimits = {
  /** Instants of the result's grid. */
  readonly pointsMax: number
  /** Series of any vector of the query, the result among them. */
  readonly seriesMax: number
  /** Samples held at once: what selectors read, and the points of the grids made of them. */
  readonly samplesMax: number
}

export const DEFAULT_LIMITS: EvaluationLimits = {
  pointsMax: 11_000,
  seriesMax: 100_000,
  samplesMax: 50_000_000,
}
