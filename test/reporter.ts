import type { Reporter, TestCase, TestModule } from 'vitest/node'

/**
 * Ends the run with one line, `N passed, N failed`, that scripts can read without knowing vitest. A file whose set-up
 * fails runs no test, and counts as one failure.
 */
export default class ClosingLineReporter implements Reporter {
  #passed = 0
  #failed = 0

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result()
    if (state === 'passed') this.#passed++
    else if (state === 'failed') this.#failed++
  }

  onTestModuleEnd(module: TestModule): void {
    const failedTests = [...module.children.allTests('failed')].length
    if (module.state() === 'failed' && failedTests === 0) this.#failed++
  }

  onTestRunEnd(_modules: unknown, errors: ReadonlyArray<unknown>): void {
    process.stdout.write(`${this.#passed} passed, ${this.#failed + errors.length} failed\n`)
  }
}
