/** Where a command writes, and what it may know of the place. */
export type Terminal = {
  /** Resolves when the text is taken: a slow reader slows the command down. */
  readonly out: (text: string) => Promise<void>
  readonly error: (text: string) => void
  readonly outIsTerminal: boolean
  readonly errorIsTerminal: boolean
  /** Characters of a line. */
  readonly columns: number
}

/**
 * The process's own streams. `closed` is called when nobody reads any more (`weir logs … | head`): nothing is written
 * from then on.
 */
export function processTerminal(closed: () => void): Terminal {
  const { stdout, stderr } = process
  stdout.on('error', closed)
  return {
    out: (text) =>
      new Promise((resolve) => {
        // An error has called `closed`.
        stdout.write(text, () => resolve())
      }),
    error: (text) => {
      stderr.write(text)
    },
    outIsTerminal: stdout.isTTY === true,
    errorIsTerminal: stderr.isTTY === true,
    columns: stdout.columns ?? 120,
  }
}

/** Control characters but tab and newline. */
const CONTROL = /[^\P{Cc}\t\n]/gu

/** Log lines come from strangers: what would move the cursor or change the title is shown, not obeyed. */
export function harmless(text: string): string {
  return text.replace(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
