import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
const LINES_KEPT = 500

export type Line = Readonly<Record<string, unknown>> & { readonly msg?: string }
export type Urls = { readonly grpc: string; readonly http: string; readonly api: string }
export type SpawnOptions = {
  readonly dataDir?: string
  /** Goes before the gateway's own command line and must exec it, such as `unshare`. */
  readonly command?: ReadonlyArray<string>
}
export type Run = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs the command to its end, as a user does. */
export async function runWeir(args: ReadonlyArray<string>): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH } })
  const [out, err, [code]] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { code, out: out.join(''), err: err.join('') }
}

/** A gateway as an operator runs it: a process of its own. Whoever starts it ends it. */
export class WeirProcess {
  /** The addresses it listens on; rejects if it ends before. */
  readonly ready: Promise<Urls>
  /** Settles when the process is gone: its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>
  readonly pid: number
  readonly #child: ChildProcess
  readonly #lines: Line[] = []
  readonly #waiting: Array<{ readonly msg: string; readonly resolve: (line: Line) => void }> = []

  private constructor(child: ChildProcess) {
    this.#child = child
    this.pid = child.pid!
    this.exited = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals)
    createInterface(child.stdout!).on('line', (text) => this.#add(text))
    createInterface(child.stderr!).on('line', (text) => this.#add(text))
    const ended = this.exited.then((how): never => {
      throw new Error(`the gateway ended (${how}) before it was ready:\n${this.lastLines()}`)
    })
    this.ready = Promise.race([this.logged('ready').then(urlsOf), ended])
    this.ready.catch(() => undefined)
  }

  /** Its config file is written to `folder`, which also is its data directory unless `dataDir` is another. */
  static async spawn(
    folder: string,
    yaml: string,
    { dataDir = folder, command = [] }: SpawnOptions = {},
  ): Promise<WeirProcess> {
    const file = join(folder, 'weir.yaml')
    await writeFile(file, yaml)
    const [program, ...args] = [...command, process.execPath, MAIN, 'serve', '--config', file]
    const child = spawn(program!, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, WEIR_DATA_DIR: dataDir },
    })
    return new WeirProcess(child)
  }

  /** Resolves with the first line of this message, also one of the past. */
  logged(msg: string): Promise<Line> {
    const known = this.#lines.find((line) => line.msg === msg)
    if (known !== undefined) return Promise.resolve(known)
    return new Promise((resolve) => this.#waiting.push({ msg, resolve }))
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  lastLines(): string {
    return this.#lines.map((line) => JSON.stringify(line)).join('\n')
  }

  #add(text: string): void {
    const line = parseLine(text)
    this.#lines.push(line)
    if (this.#lines.length > LINES_KEPT) this.#lines.shift()
    for (const { msg, resolve } of this.#waiting) if (msg === line.msg) resolve(line)
  }
}

function parseLine(text: string): Line {
  try {
    return JSON.parse(text) as Line
  } catch {
    return { text }
  }
}

function urlsOf({ grpc, http, api }: Line): Urls {
  return { grpc: String(grpc), http: `http://${http}`, api: `http://${api}` }
}
