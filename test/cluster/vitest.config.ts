import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Apart from `npm test`: needs Go, and builds an API server the first time (a quarter of an hour of CPU). */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/cluster/*.cluster.ts'],
    setupFiles: ['test/support/fast-check.ts'],
    reporters: ['default', './test/reporter.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 60_000,
    // The first build, with all of its downloads.
    hookTimeout: 3_600_000,
    allowOnly: false,
    passWithNoTests: false,
  },
})
