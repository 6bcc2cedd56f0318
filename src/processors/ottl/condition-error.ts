/** A condition that can't be run: what is wrong and where, in words for the operator who wrote it. */
export class ConditionError extends Error {
  /** UTF-16 offset into the condition's text. */
  readonly offset: number
  /** It could be run, but would fail for every record: the collector finds out only then. */
  readonly alwaysFails: boolean

  constructor(message: string, offset: number, alwaysFails = false) {
    super(message)
    this.name = 'ConditionError'
    this.offset = offset
    this.alwaysFails = alwaysFails
  }
}

export type Position = { readonly line: number; readonly column: number }

/** Line and column, both from 1; columns count characters (code points), as editors do. */
export function positionOf(text: string, offset: number): Position {
  let line = 1
  let lineStart = 0
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) {
    line++
    lineStart = i + 1
  }
  return { line, column: [...text.slice(lineStart, offset)].length + 1 }
}
