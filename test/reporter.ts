import type { Reporter, TestCase } from 'vitest/node'

/** Ends the run with one line, `N passed, N failed`, that scripts can read without knowing vitest. */
export default class ClosingLineReporter implements Reporter {
  #passed = 0
  #failed = 0

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result()
    if (state === 'passed') this.#passed++
    else if (state === 'failed') this.#failed++
  }

  onTestRunEnd(_modules: unknown, errors: ReadonlyArray<unknown>): void {
    process.stdout.write(`${this.#passed} passed, ${this.#failed + errors.length} failed\n`)
  }
}
