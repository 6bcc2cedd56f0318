import { RE2JS } from 're2js'
import type { LineFilterValue, Stage } from '../../query/logql/ast.ts'
import { parse } from '../../query/logql/parse.ts'
import { compileRegex } from '../../query/logql/regex.ts'

/** Hands the parts of a text to one of two functions, and puts what they return together. */
export type Highlight = (
  text: string,
  found: (part: string) => string,
  other: (part: string) => string,
) => string

const nothing: Highlight = (text, _found, other) => other(text)

/** The parts of lines that a query's `|=` and `|~` ask for. A query that can't be read asks for none: the gateway says why. */
export function highlightOf(query: string | undefined): Highlight {
  const patterns = query === undefined ? [] : patternsOf(query)
  if (patterns.length === 0) return nothing
  // As line filters match: `.` is any character. Longer ones first, for those that begin alike.
  const regex = RE2JS.compile(patterns.join('|'), RE2JS.DOTALL)
  return (text, found, other) => {
    const matcher = regex.matcher(text)
    let marked = ''
    let shown = 0
    while (matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()]
      if (start === end) continue
      if (start > shown) marked += other(text.slice(shown, start))
      marked += found(text.slice(start, end))
      shown = end
    }
    return shown < text.length || text === '' ? marked + other(text.slice(shown)) : marked
  }
}

function patternsOf(query: string): string[] {
  try {
    const expr = parse(query)
    if (expr.kind !== 'log') return []
    return expr.stages.flatMap(patternsOfStage).sort((a, b) => b.length - a.length)
  } catch {
    return []
  }
}

function patternsOfStage(stage: Stage): string[] {
  if (stage.kind !== 'line-filter' || (stage.op !== '|=' && stage.op !== '|~')) return []
  const { op } = stage
  return stage.alternatives.flatMap(({ kind, value }: LineFilterValue) => {
    if (kind !== 'text' || value === '') return []
    if (op === '|=') return [RE2JS.quote(value)]
    compileRegex(value)
    return [`(?:${value})`]
  })
}
