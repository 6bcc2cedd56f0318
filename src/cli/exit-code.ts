/** How a command of the terminal ended, for scripts. */
export const EXIT = {
  done: 0,
  /** The command or the query has to be changed: the same again fails again. */
  refused: 1,
  /** The gateway can't be reached, or failed: the same again may work. */
  failed: 2,
  /** What was to be checked is not as it should be. */
  faulty: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const

/** What went wrong, in a sentence for who typed the command. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }

  /** The same may work later. */
  get isPassing(): boolean {
    return this.exitCode === EXIT.failed
  }
}

/** A command that has to be written otherwise. */
export function wrong(message: string): CommandError {
  return new CommandError(EXIT.refused, message)
}
