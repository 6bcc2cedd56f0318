import { positionOf } from '../../config/position.ts'

/**
 * A query that can't be run, in words for the person who wrote it. `message` is complete, with the place in Loki's manner:
 * `parse error at line 1, col 5: …`.
 */
export class LogqlError extends Error {
  /** UTF-16 offset into the query. */
  readonly offset: number
  /** From 1. */
  readonly line: number
  /** From 1, in code points. */
  readonly column: number
  /** What is wrong, without the place. */
  readonly reason: string
  /** The tokens that could have stood there; empty where the syntax is right and the meaning wrong. */
  readonly expected: ReadonlyArray<string>

  constructor(query: string, offset: number, reason: string, expected: ReadonlyArray<string> = []) {
    const { line, column } = positionOf(query, offset)
    super(`parse error at line ${line}, col ${column}: ${reason}`)
    this.name = 'LogqlError'
    this.offset = offset
    this.line = line
    this.column = column
    this.reason = reason
    this.expected = expected
  }
}

/** A mistake inside one stage or function, found before its place in the query is known to the finder. */
export class StageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StageError'
  }
}

/** A query that was understood, but whose evaluation over these data must not give a result. */
export class EvaluationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'EvaluationError'
  }
}
