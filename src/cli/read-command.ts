import { type Command, Option } from 'commander'
import { EXIT } from './exit-code.ts'
import { processTerminal, type Terminal } from './terminal.ts'

const DEFAULT_ADDRESS = 'http://127.0.0.1:3100'

/** What every command that reads from a gateway may be told. */
export type ReadOptions = {
  readonly output: string
  readonly color: boolean
  readonly address: string
  readonly token?: string
  readonly tenant?: string
}

/** Adds what says which gateway is asked, and as whom. */
export function addDoorOptions(command: Command): Command {
  return command
    .addOption(new Option('--address <url>', 'of the API').env('WEIR_ADDR').default(DEFAULT_ADDRESS))
    .addOption(new Option('--token <token>', 'the credential; better in the environment').env('WEIR_TOKEN'))
    .addOption(
      new Option('--tenant <tenant>', 'whose data, if the credential has several').env('WEIR_TENANT'),
    )
}

/** Adds the options that these commands share. */
export function addReadOptions(
  command: Command,
  formats: ReadonlyArray<string>,
  defaultFormat = 'default',
): Command {
  command
    .addOption(
      new Option('-o, --output <format>', 'how it is printed').choices(formats).default(defaultFormat),
    )
    .option('--no-color', 'no colours at a terminal')
  return addDoorOptions(command)
}

export type ReadContext = {
  readonly terminal: Terminal
  /** Aborts at Ctrl-C, or when nobody reads the output any more. */
  readonly signal: AbortSignal
  readonly nowMs: () => number
}

/** Runs a command until it ends, one of the signals (Ctrl-C), or its reader leaves, and sets the exit code. */
export async function runRead<Options extends { readonly color: boolean }>(
  options: Options,
  run: (options: Options, context: ReadContext) => Promise<number>,
  signals: ReadonlyArray<NodeJS.Signals> = ['SIGINT'],
): Promise<void> {
  const interrupted = new AbortController()
  let isRead = true
  const stop = (): void => interrupted.abort()
  for (const signal of signals) process.once(signal, stop)
  const terminal = processTerminal(() => {
    isRead = false
    stop()
  })
  const color = options.color && process.env.NO_COLOR === undefined
  const exitCode = await run({ ...options, color }, { terminal, signal: interrupted.signal, nowMs: Date.now })
  // Who stops reading, as `head` does, has what they wanted.
  process.exitCode = isRead ? exitCode : EXIT.done
  for (const signal of signals) process.removeListener(signal, stop)
}
