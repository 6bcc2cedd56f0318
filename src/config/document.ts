import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Range } from 'yaml'
import type { ConfigIssue, ConfigPath } from './path.ts'

/**
 * YAML to plain values, keeping where each stands so that errors can name line and column. Nothing of the
 * source is ever quoted in an error: the line might hold a secret.
 */
export type ConfigDocument = {
  readonly value: unknown
  readonly issues: ReadonlyArray<ConfigIssue>
  /** Line and column of a value, or of the nearest one around it that is written. */
  at(path: ConfigPath): { readonly line: number; readonly column: number } | undefined
}

const TEXT_LENGTH_MAX = 4 * 2 ** 20
/** Values of a document, aliases expanded: with the next a bound against anchors that multiply. */
const NODES_MAX = 200_000
/** Finding an alias's anchor walks the document. */
const ALIASES_MAX = 1000
const DEPTH_MAX = 64

/** The parser's own messages quote the source; these do not. */
const SENTENCES: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) can have no anchor or tag',
  BAD_ALIAS: 'an anchor or alias name is missing or wrong',
  BAD_COLLECTION_TYPE: 'a tag does not fit what follows it',
  BAD_DIRECTIVE: 'a % directive that YAML does not know',
  BAD_DQ_ESCAPE: 'an unknown \\ escape in double quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'text that starts with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'this can not be a key here; check the indentation and the quotes',
  BLOCK_IN_FLOW: 'a block can not stand inside { } or [ ]',
  DUPLICATE_KEY: 'this key stands twice in the same map',
  KEY_OVER_1024_CHARS: 'a key may have 1024 characters',
  MISSING_CHAR:
    'a character is missing here, such as a closing quote or bracket, a comma, or the space after a colon',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; check the indentation',
  MULTIPLE_ANCHORS: 'one anchor is enough',
  MULTIPLE_DOCS: 'one document per file: remove the --- line and what does not belong',
  MULTIPLE_TAGS: 'one tag is enough',
  TAB_AS_INDENT: 'a tab can not indent; use spaces',
  TAG_RESOLVE_FAILED: 'an unknown ! tag; secrets come in as ${' + 'env:NAME} or ${' + 'file:/path}',
  UNEXPECTED_TOKEN: 'something unexpected; check quotes, colons and indentation',
}

const OTHERWISE = 'it can not be read here'
/** What is wrong with one place and leaves the rest readable. */
const KEEPS_GOING = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED'])

class TooBig extends Error {}

export function parseConfigDocument(text: string): ConfigDocument {
  if (text.length > TEXT_LENGTH_MAX)
    return unreadable([{ path: [], message: `the file is longer than ${TEXT_LENGTH_MAX} characters` }])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const broken = [...document.errors, ...document.warnings].filter(
    // After a broken line the parser stumbles over everything that follows.
    ({ code }, i, all) =>
      KEEPS_GOING.has(code) || all.findIndex((other) => !KEEPS_GOING.has(other.code)) === i,
  )
  const issues: ConfigIssue[] = broken.map(({ code, pos }) =>
    issueAt(lines, pos[0], SENTENCES[code] ?? OTHERWISE),
  )
  if (issues.length > 0) return unreadable(issues)

  const positions = new Map<string, { line: number; column: number }>()
  let nodes = 0
  let aliases = 0
  const plain = (node: Node | null | undefined, path: ConfigPath): unknown => {
    if (++nodes > NODES_MAX || path.length > DEPTH_MAX) throw new TooBig()
    if (isAlias(node)) {
      if (++aliases > ALIASES_MAX) throw new TooBig()
      const target = node.resolve(document)
      if (target === undefined)
        issues.push(issueAt(lines, node.range?.[0] ?? 0, 'no anchor (&name) for this alias (*name)'))
      return plain(target, path)
    }
    if (isMap(node)) {
      const map: Record<string, unknown> = Object.create(null)
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
        const child = [...path, key]
        remember(positions, lines, child, (pair.key as Node | null)?.range)
        map[key] = plain(pair.value as Node | null, child)
      }
      return map
    }
    if (isSeq(node))
      return node.items.map((item, index) => {
        const child = [...path, index]
        remember(positions, lines, child, (item as Node | null)?.range)
        return plain(item as Node | null, child)
      })
    return isScalar(node) ? node.value : null
  }

  try {
    const value = plain(document.contents, [])
    return issues.length > 0 ? unreadable(issues) : { value, issues, at: (path) => nearest(positions, path) }
  } catch (error) {
    if (!(error instanceof TooBig)) throw error
    const message = `more than ${NODES_MAX} values or ${ALIASES_MAX} aliases, or deeper than ${DEPTH_MAX} levels`
    return unreadable([{ path: [], message }])
  }
}

function unreadable(issues: ReadonlyArray<ConfigIssue>): ConfigDocument {
  return { value: undefined, issues, at: () => undefined }
}

function issueAt(lines: LineCounter, offset: number, sentence: string): ConfigIssue {
  const { line, col } = lines.linePos(offset)
  return { path: [], line, column: col, message: `not valid YAML: ${sentence}` }
}

type Positions = Map<string, { line: number; column: number }>

function remember(
  positions: Positions,
  lines: LineCounter,
  path: ConfigPath,
  range: Range | null | undefined,
): void {
  if (!range) return
  const { line, col } = lines.linePos(range[0])
  positions.set(JSON.stringify(path), { line, column: col })
}

function nearest(positions: Positions, path: ConfigPath): { line: number; column: number } | undefined {
  for (let length = path.length; length > 0; length--) {
    const position = positions.get(JSON.stringify(path.slice(0, length)))
    if (position) return position
  }
  return undefined
}
