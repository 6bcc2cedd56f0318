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

/** The table of the ledger in the demo's report: by signal what was received, stored, and dropped by which rule. */
export function accountsOf(text: string): Record<string, Record<string, number>> {
  const lines = sectionOf(text, 'Ledger')
  const accounts: Record<string, Record<string, number>> = {}
  let account: Record<string, number> = {}
  for (const line of lines) {
    const [, signal, received, stored, dropped] = /^ {2}(\w+) +(\d+) +(\d+) +(\d+)/.exec(line) ?? []
    if (signal !== undefined) {
      account = { received: Number(received), stored: Number(stored) }
      accounts[signal] = account
      if (Number(received) !== Number(stored) + Number(dropped)) throw new Error(`does not add up: ${line}`)
    }
    const [, records, rule] = /(\d+) {2}(\S+)$/.exec(line) ?? []
    if (rule !== undefined && !/^\d+$/.test(rule)) account[rule] = Number(records)
  }
  return accounts
}

/** The table of metrics in the demo's report: series stored by metric, of those that have some. */
export function storedSeries(text: string): Record<string, number> {
  const rows = sectionOf(text, 'Metrics').map((line) => /^ {2}(\S+) +\d+ +(\d+)/.exec(line))
  return Object.fromEntries(
    rows.flatMap((row) => (row === null || row[2] === '0' ? [] : [[row[1]!, Number(row[2])]])),
  )
}

function sectionOf(text: string, heading: string): string[] {
  const section = new RegExp(`^${heading}.*\\n((?:  .*\\n)+)`, 'm').exec(text)
  if (section === null) throw new Error(`no ${heading} in:\n${text}`)
  return section[1]!.split('\n')
}
