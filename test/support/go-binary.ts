import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A program in Go that tests run beside the gateway. */
export type GoProgram = {
  /** Of its file; completes "The … could not be built". */
  readonly name: string
  /** The folder of its module, which pins every version. */
  readonly module: URL
  /** Import path, or `.`. */
  readonly package: string
  /** For the linker: `-X importpath.name=value`. */
  readonly linkerFlags?: ReadonlyArray<string>
}

/** The path of the program, built unless it is there. Rejects with a sentence if it can't be built. */
export async function goBinary(program: GoProgram): Promise<string> {
  const path = await cachedAt(program)
  if (await exists(path)) return path
  await mkdir(cacheFolder(), { recursive: true })
  const unfinished = `${path}.${process.pid}`
  const linkerFlags = ['-s', '-w', ...(program.linkerFlags ?? [])].join(' ')
  const args = ['build', '-trimpath', `-ldflags=${linkerFlags}`, '-o', unfinished, program.package]
  try {
    await promisify(execFile)('go', args, {
      cwd: fileURLToPath(program.module),
      env: { ...process.env, CGO_ENABLED: '0' },
    })
  } catch (error) {
    throw new Error(
      `The ${program.name} could not be built. It needs Go (go.mod names the version) and a Go module proxy.`,
      { cause: error },
    )
  }
  await rename(unfinished, path)
  return path
}

/** Whether it was built before, from the same sources. */
export async function isBuilt(program: GoProgram): Promise<boolean> {
  return exists(await cachedAt(program))
}

/** Outside the repository; WEIR_TEST_CACHE, default ~/.cache/weir. */
function cacheFolder(): string {
  return process.env.WEIR_TEST_CACHE ?? join(homedir(), '.cache', 'weir')
}

/** A name that changes with the sources. */
async function cachedAt({ name, module, linkerFlags = [] }: GoProgram): Promise<string> {
  const digest = createHash('sha256')
  for (const file of (await readdir(module)).sort()) digest.update(await readFile(new URL(file, module)))
  for (const flag of linkerFlags) digest.update(flag)
  return join(cacheFolder(), `${name}-${digest.digest('hex').slice(0, 12)}`)
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
