import { runTail, type TailOptions } from '../../../src/cli/tail/run.ts'
import type { Terminal } from '../../../src/cli/terminal.ts'

/** A terminal that can be waited for. */
export class Paper {
  text = ''
  errors = ''
  readonly interrupted = new AbortController()
  readonly #isTerminal: boolean
  #look = (): void => {}

  constructor({ isTerminal = false }: { readonly isTerminal?: boolean } = {}) {
    this.#isTerminal = isTerminal
  }

  get terminal(): Terminal {
    return {
      out: async (text) => {
        this.text += text
        this.#look()
      },
      error: (text) => {
        this.errors += text
        this.#look()
      },
      outIsTerminal: this.#isTerminal,
      errorIsTerminal: this.#isTerminal,
      columns: 120,
    }
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere())
      await new Promise<void>((resolve) => {
        this.#look = resolve
      })
  }

  /** `weir tail` on it; its exit code. */
  tail(query: string, options: Pick<TailOptions, 'address'> & Partial<TailOptions>): Promise<number> {
    const context = {
      terminal: this.terminal,
      signal: this.interrupted.signal,
      nowMs: Date.now,
      backoffMs: { first: 10, most: 100 },
    }
    return runTail(query, { output: 'default', color: true, ...options }, context)
  }
}
