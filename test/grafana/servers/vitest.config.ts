import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Apart from `npm test`: needs Go, and builds the servers the first time (minutes of CPU). */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    include: ['test/grafana/servers/*.servers.ts'],
    setupFiles: ['test/support/fast-check.ts'],
    reporters: ['default', './test/reporter.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 60_000,
    // The first build, with all of its downloads.
    hookTimeout: 1_800_000,
    allowOnly: false,
    passWithNoTests: false,
  },
})
