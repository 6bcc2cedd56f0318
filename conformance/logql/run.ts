import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Backend } from './backend.ts'
import { EvaluatorBackend } from './evaluator-backend.ts'
import { HttpBackend } from './http-backend.ts'
import { runScript } from './runner.ts'
import { ScriptError } from './script.ts'

/**
 * Runs `.logqltest` scripts and prints every eval that did not give what it should.
 *
 *   node conformance/logql/run.ts [--http] [FILE…]
 *
 * With --http they go through the API and a ClickHouse, else through the evaluator alone. Without a file, those of ../shared/corpora/logqltest beside the repository. Exit code 1 if anything failed.
 */
const CORPUS = fileURLToPath(new URL('../../../shared/corpora/logqltest', import.meta.url))

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function corpusFiles(): string[] {
  if (!existsSync(CORPUS)) return []
  return readdirSync(CORPUS)
    .filter((name) => name.endsWith('.logqltest'))
    .sort()
    .map((name) => join(CORPUS, name))
}

async function runFile(file: string, backend: Backend): Promise<{ passed: number; failed: number }> {
  try {
    const outcomes = await runScript(readFileSync(file, 'utf8'), backend)
    const failures = outcomes.filter(({ failure }) => failure !== undefined)
    for (const { command, failure } of failures) {
      print(`${file}:${command.line}: ${command.query}`)
      print(`  expected ${failure!.expected.join('\n           ')}`)
      print(`  got      ${failure!.got.join('\n           ')}`)
    }
    return { passed: outcomes.length - failures.length, failed: failures.length }
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    print(`${file}: ${error.message}`)
    return { passed: 0, failed: 1 }
  }
}

async function runFiles(files: ReadonlyArray<string>, backend: Backend): Promise<number> {
  let passed = 0
  let failed = 0
  for (const file of files) {
    const counts = await runFile(file, backend)
    passed += counts.passed
    failed += counts.failed
    print(`${file}: ${counts.passed} of ${counts.passed + counts.failed}`)
  }
  print(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

async function main(): Promise<number> {
  const words = process.argv.slice(2).filter((word) => word !== '--http')
  const unknown = words.find((word) => word.startsWith('-'))
  if (unknown !== undefined) {
    print(`${unknown} is no option: conformance/logql/run.ts [--http] [FILE…]`)
    return 2
  }
  const files = words.length > 0 ? words : corpusFiles()
  if (files.length === 0) {
    print('no scripts: name files, or put the corpus into ../shared/corpora/logqltest beside the repository')
    return 2
  }
  const backend = process.argv.includes('--http') ? await HttpBackend.start() : new EvaluatorBackend()
  try {
    return await runFiles(files, backend)
  } finally {
    await backend.close()
  }
}

process.exitCode = await main()
