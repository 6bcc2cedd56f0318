import { type Command, Option } from 'commander'
import { EXIT } from '../exit-code.ts'
import { processTerminal } from '../terminal.ts'
import { runTail, TAIL_FORMATS, type TailOptions } from './run.ts'

const DEFAULT_ADDRESS = 'http://127.0.0.1:3100'

/** Adds `weir tail`. Its action sets the exit code. */
export function addTailCommand(program: Command): void {
  program
    .command('tail')
    .description('print logs as they come in, until Ctrl-C')
    .argument('<query>', 'LogQL, such as \'{namespace="shop"} |= "error"\'')
    .option('--since <duration>', 'stored lines of so long first: 90s, 10m, 1h30m')
    .option('--limit <count>', 'stored lines to begin with, the newest ones')
    .addOption(
      new Option('-o, --output <format>', 'how lines are printed').choices(TAIL_FORMATS).default('default'),
    )
    .option('--no-color', 'no colours at a terminal')
    .addOption(new Option('--address <url>', 'of the API').env('WEIR_ADDR').default(DEFAULT_ADDRESS))
    .addOption(new Option('--token <token>', 'the credential; better in the environment').env('WEIR_TOKEN'))
    .addOption(
      new Option('--tenant <tenant>', 'whose logs, if the credential has several').env('WEIR_TENANT'),
    )
    .addHelpText(
      'after',
      `\nNotices (gaps, drops, new connections) go to stderr.\nExit codes: ${EXIT.refused} the command, query or credential is wrong, ${EXIT.failed} the gateway can not be reached, ${EXIT.interrupted} interrupted.`,
    )
    .action(act)
}

async function act(query: string, options: TailOptions): Promise<void> {
  const interrupted = new AbortController()
  let isRead = true
  const stop = (): void => interrupted.abort()
  process.once('SIGINT', stop)
  const terminal = processTerminal(() => {
    isRead = false
    stop()
  })
  const color = options.color && process.env.NO_COLOR === undefined
  const context = { terminal, signal: interrupted.signal, nowMs: Date.now }
  const exitCode = await runTail(query, { ...options, color }, context)
  // Who stops reading, as `head` does, has what they wanted.
  process.exitCode = isRead ? exitCode : EXIT.done
  process.removeListener('SIGINT', stop)
}
