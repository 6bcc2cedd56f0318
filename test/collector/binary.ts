import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SOURCE = fileURLToPath(new URL('build/', import.meta.url))
const SOURCE_FILES = ['go.mod', 'go.sum', 'main.go', 'filter.go']

/**
 * The path of a collector built from build/, which pins every version. Built once, into WEIR_TEST_CACHE (default
 * ~/.cache/weir), under a name that changes with its sources. Rejects with a sentence if it can't be built.
 */
export async function collectorBinary(): Promise<string> {
  const cache = process.env.WEIR_TEST_CACHE ?? join(homedir(), '.cache', 'weir')
  const path = join(cache, `collector-${await digestOfSource()}`)
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (isThere) return path
  await mkdir(cache, { recursive: true })
  const unfinished = `${path}.${process.pid}`
  try {
    await promisify(execFile)('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', unfinished, '.'], {
      cwd: SOURCE,
      env: { ...process.env, CGO_ENABLED: '0' },
    })
  } catch (error) {
    throw new Error(
      'The collector could not be built. It needs Go (go.mod names the version) and a Go module proxy.',
      { cause: error },
    )
  }
  await rename(unfinished, path)
  return path
}

async function digestOfSource(): Promise<string> {
  const digest = createHash('sha256')
  for (const file of SOURCE_FILES) digest.update(await readFile(join(SOURCE, file)))
  return digest.digest('hex').slice(0, 12)
}
