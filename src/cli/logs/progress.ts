import type { Terminal } from '../terminal.ts'

/** Before that nobody wonders. */
const QUIET_MS = 2000
const EVERY_MS = 500

/** Tells on stderr how far a long fetch has got, where its lines go to a file or another program. */
export class Progress {
  readonly #terminal: Terminal
  readonly #nowMs: () => number
  readonly #beganMs: number
  #toldMs: number
  #isShown = false

  constructor(terminal: Terminal, nowMs: () => number) {
    this.#terminal = terminal
    this.#nowMs = nowMs
    this.#beganMs = nowMs()
    this.#toldMs = this.#beganMs
  }

  report(count: number, timestamp: string): void {
    const { errorIsTerminal, outIsTerminal, error } = this.#terminal
    if (!errorIsTerminal || outIsTerminal) return
    const now = this.#nowMs()
    if (now - this.#beganMs < QUIET_MS || now - this.#toldMs < EVERY_MS) return
    this.#toldMs = now
    this.#isShown = true
    error(`\r\u001b[K${count} lines, at ${timestamp}`)
  }

  end(): void {
    if (this.#isShown) this.#terminal.error('\r\u001b[K')
    this.#isShown = false
  }
}
