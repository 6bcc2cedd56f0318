import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runLines } from './runner.ts'

/**
 * Runs files of conditions, a JSON object per line, and prints every line that did not give what it should:
 *
 *   { "context": "log|span|spanevent|metric|datapoint|resource|scope", "otlp": <OTLP/JSON request with one item>,
 *     "condition": "…", "expect": true|false|"load-error"|"eval-error" }
 *
 *   node conformance/ottl/run.ts [FILE…]
 *
 * Without a file, those of ../shared/corpora/ottl beside the repository. Exit code 1 if anything failed.
 */
const CORPUS = fileURLToPath(new URL('../../../shared/corpora/ottl', import.meta.url))

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function corpusFiles(): string[] {
  if (!existsSync(CORPUS)) return []
  return readdirSync(CORPUS)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(CORPUS, name))
}

function main(): number {
  const words = process.argv.slice(2)
  const unknown = words.find((word) => word.startsWith('-'))
  const missing = words.find((word) => !word.startsWith('-') && !existsSync(word))
  if (unknown !== undefined || missing !== undefined) {
    print(
      unknown === undefined
        ? `there is no file ${missing}`
        : `${unknown} is no option: conformance/ottl/run.ts [FILE…]`,
    )
    return 2
  }
  let passed = 0
  let failed = 0
  for (const file of words.length > 0 ? words : corpusFiles()) {
    const report = runLines(readFileSync(file, 'utf8'), file)
    report.lines.forEach(print)
    passed += report.passed
    failed += report.failed
  }
  print(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

process.exitCode = main()
