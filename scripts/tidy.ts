import { fileURLToPath } from 'node:url'
import { type SourceFile, sourceFiles } from './source-files.ts'

/**
 * House rules that the linter does not know. Run by `npm run lint` after it, so the code is formatted: that is
 * how a function's end is found by its indentation. Exit code 1 with one line per finding.
 */

const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 70

type Rule = {
  readonly pattern: RegExp
  readonly message: string
  /** Which files it is for. */
  readonly files: (path: string) => boolean
}

const everywhere = (): boolean => true
const code = (path: string): boolean => /\.(ts|mjs)$/.test(path)
const sources = (path: string): boolean => path.startsWith('src/')

const RULES: ReadonlyArray<Rule> = [
  {
    pattern: /\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/,
    message: 'finish it, or write an issue; the code says what is',
    files: everywhere,
  },
  {
    pattern: /(?:^[^'"`/]*[:<|,(]\s*|\bas )any\b(?=\s*(?:[;,)>|=[\]{]|$))/,
    message: 'any switches the checks off; use unknown and look',
    files: code,
  },
  {
    pattern: /@ts-(?:ignore|expect-error|nocheck)/,
    message: 'the type checker is right; change the types',
    files: code,
  },
  {
    pattern: /\b(?:it|test|describe)\.(?:skip|only|todo)\b/,
    message: 'every test runs',
    files: (path) => path.startsWith('test/'),
  },
  {
    pattern: /\bprocess\.exit\(/,
    message: 'only main.ts ends the process; throw, or tell the gateway',
    files: (path) => sources(path) && path !== 'src/main.ts' && !ENDS_ITSELF.has(path),
  },
  {
    pattern: /(?:^|[\s"'`(=])\/(?:home|Users|root|work)\//,
    message: "a path of somebody's machine",
    files: everywhere,
  },
]

/** Programs of their own that the gateway starts. */
const ENDS_ITSELF: ReadonlySet<string> = new Set(['src/store/engine/child.ts'])

export type Finding = { readonly path: string; readonly line: number; readonly message: string }

export function tidyFindings(files: ReadonlyArray<SourceFile>): Finding[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n')
    const findings = lines.flatMap((line, i) => lineFindings(path, line, i + 1))
    if (code(path) && lines.length > FILE_LINES_MAX)
      findings.push({
        path,
        line: FILE_LINES_MAX,
        message: `${lines.length} lines; at most ${FILE_LINES_MAX} in a file`,
      })
    if (sources(path)) findings.push(...longFunctions(path, lines))
    return findings
  })
}

function lineFindings(path: string, text: string, line: number): Finding[] {
  return RULES.filter(({ pattern, files }) => files(path) && pattern.test(text)).map(({ message }) => ({
    path,
    line,
    message,
  }))
}

/** `function f(`, a method `f(…) {`, an arrow that opens a block; never `if (…) {` and its like. */
const STARTS_FUNCTION =
  /^\s*(?:export (?:default )?)?(?:(?:async )?function\b|(?:(?:static|async|get|set|override) )*#?\w+(?:<[^(]*>)?\((?:.*\{)?$|.*=> \{$|constructor\()/
const STARTS_BLOCK = /^\s*(?:if|for|while|switch|catch|return|await|throw|else|do|try)\b/

function longFunctions(path: string, lines: ReadonlyArray<string>): Finding[] {
  const findings: Finding[] = []
  lines.forEach((text, i) => {
    if (!STARTS_FUNCTION.test(text) || STARTS_BLOCK.test(text)) return
    const indent = /^\s*/.exec(text)![0]
    const length = lines.slice(i).findIndex((later, j) => j > 0 && later.startsWith(`${indent}}`)) + 1
    if (length > FUNCTION_LINES_MAX)
      findings.push({
        path,
        line: i + 1,
        message: `a function of ${length} lines; at most ${FUNCTION_LINES_MAX}`,
      })
  })
  return findings
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const files = sourceFiles(root, ['.'], ['.ts', '.mjs', '.md', '.yaml', '.yml'])
  const findings = tidyFindings(files)
  for (const { path, line, message } of findings) console.error(`${path}:${line}: ${message}`)
  if (findings.length > 0) process.exit(1)
}
