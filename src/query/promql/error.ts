import { positionOf } from '../../config/position.ts'

/**
 * A query that can't be run, in words for the person who wrote it, with the place in Prometheus' manner:
 * `1:5: parse error: unexpected end of input`.
 */
export class PromqlError extends Error {
  /** UTF-16 offset into the query. */
  readonly offset: number
  /** From 1. */
  readonly line: number
  /** From 1, in code points. */
  readonly column: number
  /** What is wrong, without the place. */
  readonly reason: string

  constructor(query: string, offset: number, reason: string) {
    const { line, column } = positionOf(query, offset)
    super(`${line}:${column}: parse error: ${reason}`)
    this.name = 'PromqlError'
    this.offset = offset
    this.line = line
    this.column = column
    this.reason = reason
  }
}

/** A query that was understood, but whose evaluation over these data must not give a result. */
export class PromqlEvaluationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PromqlEvaluationError'
  }
}

/** A query that needs more than one may have: the message says the limit and the way out. */
export class PromqlLimitError extends PromqlEvaluationError {
  constructor(message: string) {
    super(message)
    this.name = 'PromqlLimitError'
  }
}
