import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SourceFile, sourceFiles } from './source-files.ts'

/**
 * Which part of src/ may import which: the arrows go one way (docs/architecture.md). A part is a folder of src/,
 * or a file directly in it. Run by `npm run lint`; exit code 1 with one line per wrong import.
 */

/** Used from anywhere. They stand below the other parts, so they may use only each other and the batch. */
const COMMON = ['config', 'tenancy', 'telemetry'] as const

const ARROWS: Readonly<Record<string, ReadonlyArray<string>>> = {
  otlp: [],
  config: ['otlp', 'config', 'tenancy', 'telemetry'],
  tenancy: ['otlp', 'config', 'telemetry'],
  telemetry: ['otlp', 'config', 'tenancy'],
  processors: ['otlp', ...COMMON],
  store: ['otlp', ...COMMON],
  ingest: ['otlp', 'processors', 'store', ...COMMON],
  query: ['store', 'processors', 'otlp', ...COMMON],
  tail: ['query', 'store', 'processors', 'otlp', ...COMMON],
  web: COMMON,
  cli: ['query', ...COMMON],
  'gateway.ts': ['otlp', 'processors', 'store', 'ingest', 'query', 'tail', 'web', ...COMMON],
  'main.ts': ['gateway.ts', 'processors', 'cli', ...COMMON],
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`. */
const IMPORT =
  /(?:^|[;\s])(?:import|export)\b[^'"`;()]*?(?:\bfrom\s*)?(['"])([^'"\n]+)\1|\bimport\s*\(\s*(['"])([^'"\n]+)\3/g

export type Finding = { readonly path: string; readonly line: number; readonly message: string }

export function boundaryFindings(files: ReadonlyArray<SourceFile>): Finding[] {
  const findings: Finding[] = []
  for (const { path, text } of files) {
    const from = partOf(path)
    const code = withoutComments(text)
    for (const match of code.matchAll(IMPORT)) {
      const specifier = match[2] ?? match[4]!
      const line = code.slice(0, match.index + match[0].indexOf(specifier)).split('\n').length
      const message = wrongImport(path, from, specifier)
      if (message !== undefined) findings.push({ path, line, message })
    }
  }
  return findings
}

function wrongImport(path: string, from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const target = posix.join(posix.dirname(path), specifier)
  if (!target.startsWith('src/'))
    return target === 'package.json' ? undefined : `imports ${target}: src/ stands alone`
  const to = partOf(target)
  if (from === to) return undefined
  const allowed = ARROWS[from]
  if (allowed === undefined)
    return `"${from}" is no part of src/ that scripts/boundaries.ts knows; give it its arrows there`
  if (allowed.includes(to)) return undefined
  return `imports ${target}: ${from} may use ${allowed.length === 0 ? 'nothing else of src/' : allowed.join(', ')}`
}

/** `src/store/spool/log.ts` → `store`; `src/main.ts` → `main.ts`. */
function partOf(path: string): string {
  return path.split('/')[1]!
}

/** Comments blanked, line numbers kept: an import inside a JSDoc link is none. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '))
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const findings = boundaryFindings(sourceFiles(root, ['src'], ['.ts']))
  for (const { path, line, message } of findings) console.error(`${path}:${line}: ${message}`)
  if (findings.length > 0) process.exit(1)
}
