import type { PatternStage } from '../ast.ts'
import { StageError } from '../error.ts'
import type { TextTest } from '../regex.ts'
import type { Step } from './step.ts'

/** A piece of a pattern: a text, or `<name>`; `<_>` has no name. */
type Part = { readonly literal: string } | { readonly capture: string }

const CAPTURE = /<([A-Za-z_][A-Za-z0-9_]*)>/g

function parsePattern(pattern: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const match of pattern.matchAll(CAPTURE)) {
    if (match.index > at) parts.push({ literal: pattern.slice(at, match.index) })
    const last = parts.at(-1)
    if (last !== undefined && 'capture' in last)
      throw new StageError(
        `invalid pattern: found consecutive capture '<${last.capture}>${match[0]}'; put a text between them`,
      )
    parts.push({ capture: match[1]! })
    at = match.index + match[0].length
  }
  if (at < pattern.length) parts.push({ literal: pattern.slice(at) })
  return parts
}

/** `| pattern "<ip> - <_>"`: each capture ends before the text that follows it. Throws {@link StageError}. */
export function compilePattern({ pattern }: PatternStage): Step {
  const parts = parsePattern(pattern)
  const names = parts.flatMap((part) => ('capture' in part && part.capture !== '_' ? [part.capture] : []))
  if (names.length === 0)
    throw new StageError('invalid pattern: at least one capture is required, such as <method>')
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new StageError(`invalid pattern: duplicate capture name (${twice})`)
  return (state) => {
    const { line } = state
    if (line === '') return true
    let at = 0
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!
      if ('literal' in part) {
        // A text after a capture was consumed with it; this is the one at the start.
        if (!line.startsWith(part.literal)) return true
        at = part.literal.length
        continue
      }
      const next = parts[i + 1]
      const end = next !== undefined && 'literal' in next ? line.indexOf(next.literal, at) : -1
      if (part.capture !== '_') state.extract(part.capture, line.slice(at, end === -1 ? line.length : end))
      if (end === -1 || next === undefined || !('literal' in next)) return true
      at = end + next.literal.length
      i++
    }
    return true
  }
}

/**
 * `|> "<_> level=debug <_>"`: the whole line must be as the pattern says, each `<_>` standing for at least one
 * character. Throws {@link StageError}.
 */
export function compileLinePattern(pattern: string): TextTest {
  const parts = parsePattern(pattern)
  const named = parts.find((part) => 'capture' in part && part.capture !== '_')
  if (named !== undefined)
    throw new StageError('invalid pattern: named captures are not allowed in a line filter; write <_>')
  const literals = parts.flatMap((part) => ('literal' in part ? [part.literal] : []))
  const opensFree = parts[0] !== undefined && 'capture' in parts[0]
  const last = parts.at(-1)
  const closesFree = last !== undefined && 'capture' in last
  if (literals.length === 0) return closesFree ? (line) => line !== '' : (line) => line === ''
  return (line) => {
    let at = 0
    for (let i = 0; i < literals.length; i++) {
      const literal = literals[i]!
      const free = i > 0 || opensFree
      if (i === literals.length - 1 && !closesFree) {
        const start = line.length - literal.length
        return line.endsWith(literal) && (free ? start > at : start === at)
      }
      const found = free ? line.indexOf(literal, at + 1) : line.startsWith(literal) ? 0 : -1
      if (found === -1) return false
      at = found + literal.length
    }
    return at < line.length
  }
}
