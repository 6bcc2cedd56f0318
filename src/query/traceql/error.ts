import { positionOf } from '../../config/position.ts'

/**
 * A query that can't be run, in words for the person who wrote it. `message` is complete, with the place in Tempo's manner:
 * `parse error at line 1, col 5: …`.
 */
export class TraceqlError extends Error {
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
    super(`parse error at line ${line}, col ${column}: ${reason}`)
    this.name = 'TraceqlError'
    this.offset = offset
    this.line = line
    this.column = column
    this.reason = reason
  }
}
