import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ScriptError } from './text.ts'

/** What one eval of a script came to. */
export type EvalReport = {
  readonly line: number
  readonly query: string
  /** Undefined if the eval gave what it should. */
  readonly failure:
    | { readonly expected: ReadonlyArray<string>; readonly got: ReadonlyArray<string> }
    | undefined
  /** Evals of another kind are counted apart, and don't fail the run: what they are called. */
  readonly apart?: string | undefined
}

export type Corpus = {
  /** The command, for messages. */
  readonly command: string
  /** A folder of ../shared/corpora beside the repository, and how its scripts end. */
  readonly folder: string
  readonly ending: string
}

type Counts = { passed: number; failed: number }

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function corpusFiles({ folder, ending }: Corpus): string[] {
  const path = fileURLToPath(new URL(`../../../shared/corpora/${folder}`, import.meta.url))
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(path, name))
}

/** What may answer the evals. */
export type Backends<B> = {
  readonly evaluator: () => Promise<B>
  /** The API over a ClickHouse; without it, --http is no option. */
  readonly http?: () => Promise<B>
}

/**
 * Runs scripts and prints every eval that did not give what it should; the last line says how many did. With --http they
 * go through the API and a ClickHouse, else through the evaluator alone. Without a file, those of the corpus. Gives the
 * exit code: 1 if anything failed, 2 if there was nothing to run.
 */
export async function runCorpus<B extends { close(): Promise<void> }>(
  corpus: Corpus,
  words: ReadonlyArray<string>,
  backends: Backends<B>,
  runScript: (text: string, backend: B) => Promise<ReadonlyArray<EvalReport>>,
): Promise<number> {
  const http = words.includes('--http') ? backends.http : undefined
  const given = http === undefined ? words : words.filter((word) => word !== '--http')
  const unknown = given.find((word) => word.startsWith('-'))
  if (unknown !== undefined) {
    const options = backends.http === undefined ? '' : ' [--http]'
    print(`${unknown} is no option: ${corpus.command}${options} [FILE…]`)
    return 2
  }
  const files = given.length > 0 ? given : corpusFiles(corpus)
  if (files.length === 0) {
    print(
      `no scripts: name files, or put the corpus into ../shared/corpora/${corpus.folder} beside the repository`,
    )
    return 2
  }
  const backend = await (http ?? backends.evaluator)()
  const total: Counts = { passed: 0, failed: 0 }
  const apart = new Map<string, Counts>()
  try {
    for (const file of files) {
      const counts = await runFile(file, (text) => runScript(text, backend), apart)
      total.passed += counts.passed
      total.failed += counts.failed
      print(`${file}: ${counts.passed} of ${counts.passed + counts.failed}`)
    }
  } finally {
    await backend.close()
  }
  for (const [what, { passed, failed }] of apart) print(`${what}: ${passed} passed, ${failed} failed`)
  print(`${total.passed} passed, ${total.failed} failed`)
  return total.failed === 0 ? 0 : 1
}

async function runFile(
  file: string,
  run: (text: string) => Promise<ReadonlyArray<EvalReport>>,
  apart: Map<string, Counts>,
): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0 }
  try {
    for (const report of await run(readFileSync(file, 'utf8'))) {
      const counted = report.apart === undefined ? counts : countsOf(apart, report.apart)
      if (report.failure === undefined) {
        counted.passed++
        continue
      }
      counted.failed++
      print(`${file}:${report.line}: ${report.query}`)
      print(`  expected ${report.failure.expected.join('\n           ')}`)
      print(`  got      ${report.failure.got.join('\n           ')}`)
    }
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    print(`${basename(file)}: ${error.message}`)
    counts.failed++
  }
  return counts
}

function countsOf(apart: Map<string, Counts>, what: string): Counts {
  const counts = apart.get(what) ?? { passed: 0, failed: 0 }
  apart.set(what, counts)
  return counts
}
