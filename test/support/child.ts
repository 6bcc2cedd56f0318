import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const LINES_KEPT = 200
const ASK_AGAIN_MS = 50

/** A program that runs beside the gateway. What it says on stderr is kept, and whoever starts it ends it. */
export class Child {
  /** Settles when it is gone: its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>
  readonly #name: string
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #listeners = new Set<(line: string) => void>()

  constructor(
    name: string,
    program: string,
    args: ReadonlyArray<string>,
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#name = name
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...env } })
    this.exited = once(this.#child, 'close').then(([code, signal]) => signal ?? code)
    this.exited.catch(() => undefined)
    // A run that is broken off leaves nothing behind.
    const end = (): boolean => this.#child.kill('SIGKILL')
    process.once('exit', end)
    this.#child.once('close', () => process.off('exit', end))
    createInterface(this.#child.stderr!).on('line', (line) => {
      this.#lines.push(line)
      if (this.#lines.length > LINES_KEPT) this.#lines.shift()
      for (const listener of this.#listeners) listener(line)
    })
  }

  /** Resolves with the next line that holds the text. Rejects if the program ends before. */
  said(text: string): Promise<void> {
    return this.#unlessEnded(
      new Promise((resolve) => {
        this.#listeners.add((line) => {
          if (line.includes(text)) resolve()
        })
      }),
    )
  }

  /** Resolves when the answer is yes; it is asked every now and then, and to fail is a no. Rejects as `said`. */
  answers(isThere: () => Promise<boolean>): Promise<void> {
    const asking = async (): Promise<void> => {
      while (!(await isThere().catch(() => false)))
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
    }
    return this.#unlessEnded(asking())
  }

  /** Sends the signal and resolves as `exited`. */
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.#child.kill(signal)
    return this.exited
  }

  lastLines(): string {
    return this.#lines.join('\n')
  }

  #unlessEnded(ready: Promise<void>): Promise<void> {
    const ended = this.exited.then((how): never => {
      throw new Error(`${this.#name} ended (${how}) before it was ready:\n${this.lastLines()}`)
    })
    return Promise.race([ready, ended])
  }
}
