// Installs the locked dependencies when a checkout has none, so that `npm start` and `npm test` are each one
// command on a fresh clone. Plain JavaScript: it runs on whatever Node the machine has (>= 20), before the
// project's own Node (the npm package `node`) is there.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const marker = `${root}node_modules/.package-lock.json`

if (!existsSync(marker)) {
  // stdout belongs to the command that asked for the installation.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}
