import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** The config of the demo without its data directory: tests bring their own. */
export const demoYaml = async (): Promise<string> =>
  (await readFile(`${ROOT}demo/weir.yaml`, 'utf8')).replace(/^dataDir:.*$/m, '')

export type DemoProcess = {
  /** Resolves with what was printed so far, once it matches; rejects if the demo ends before. */
  printed(pattern: RegExp): Promise<string>
  interrupt(): void
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>
}

/** `node demo/run.ts`, as a user runs it. Its output is no terminal's, so it has no colours. */
export function startDemo(...args: string[]): DemoProcess {
  const child = spawn(process.execPath, [`${ROOT}demo/run.ts`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  })
  let text = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const listener of listeners) listener()
    })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, text }))
  return {
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(text)) resolve(text)
        }
        listeners.add(look)
        look()
        void ended.then(({ code }) =>
          reject(new Error(`the demo ended with ${code} before ${pattern}:\n${text}`)),
        )
      }),
    interrupt: () => child.kill('SIGINT'),
    ended,
  }
}

export type Scratch = {
  readonly directory: string
  config(yaml: string): Promise<string>
  remove(): Promise<void>
}

/** A temporary directory for a config file and data. */
export async function scratch(): Promise<Scratch> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-demo-'))
  return {
    directory,
    async config(yaml) {
      const file = join(directory, 'weir.yaml')
      await writeFile(file, yaml)
      return file
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

/** The number behind `what` in the demo's report: `Stored    172, …`, `  filter/debug-noise   50`. */
export function figure(text: string, what: string): number {
  const found = new RegExp(`^\\s*${what}\\s+(\\d+)`, 'm').exec(text)
  if (found === null) throw new Error(`no figure for ${what} in:\n${text}`)
  return Number(found[1])
}
