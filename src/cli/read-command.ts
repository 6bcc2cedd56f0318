import { type Command, Option } from 'commander'
import { parseLokiDuration } from '../query/loki/parameters/time.ts'
import { CommandError, EXIT } from './exit-code.ts'
import type { Door } from './logs/fetch.ts'
import { processTerminal, type Terminal } from './terminal.ts'

const DEFAULT_ADDRESS = 'http://127.0.0.1:3100'

/** What every command that reads a gateway's logs may be told. */
export type ReadOptions = {
  readonly output: string
  readonly color: boolean
  readonly address: string
  readonly token?: string
  readonly tenant?: string
}

/** An option that has to be written otherwise. */
export function wrong(message: string): CommandError {
  return new CommandError(EXIT.refused, message)
}

/** Where the gateway is asked. Throws {@link CommandError}. */
export function doorOf({ address, token, tenant }: Pick<ReadOptions, 'address' | 'token' | 'tenant'>): Door {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    throw wrong(`--address ${address} is no address: expected one such as http://127.0.0.1:3100.`)
  return { address, token, tenant }
}

/** Nanoseconds of an option that is a duration. Throws {@link CommandError}. */
export function durationNs(option: string, text: string): bigint {
  const ns = parseLokiDuration(text)
  if (typeof ns !== 'bigint') throw wrong(`${option} ${text} ${ns.problem}.`)
  return ns
}

/** The moment so long before now, in nanoseconds. */
export function sinceNs(since: string, nowMs: number): string {
  const ns = durationNs('--since', since)
  const nowNs = BigInt(nowMs) * 1_000_000n
  return String(nowNs > ns ? nowNs - ns : 0n)
}

/** Adds what says which gateway is asked, and as whom. */
export function addDoorOptions(command: Command): Command {
  return command
    .addOption(new Option('--address <url>', 'of the API').env('WEIR_ADDR').default(DEFAULT_ADDRESS))
    .addOption(new Option('--token <token>', 'the credential; better in the environment').env('WEIR_TOKEN'))
    .addOption(
      new Option('--tenant <tenant>', 'whose logs, if the credential has several').env('WEIR_TENANT'),
    )
}

/** Adds the options that `weir logs` and `weir tail` share. */
export function addReadOptions(command: Command, formats: ReadonlyArray<string>): Command {
  command
    .addOption(
      new Option('-o, --output <format>', 'how lines are printed').choices(formats).default('default'),
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
