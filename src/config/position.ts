export type Position = { readonly line: number; readonly column: number }

/** Line and column, both from 1; columns count code points, as editors do. */
export function positionOf(text: string, offset: number): Position {
  let line = 1
  let lineStart = 0
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) {
    line++
    lineStart = i + 1
  }
  return { line, column: [...text.slice(lineStart, offset)].length + 1 }
}
