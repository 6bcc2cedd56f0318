import { type Command, Option } from 'commander'
import { EXIT } from '../exit-code.ts'
import { processTerminal } from '../terminal.ts'
import { FORMATS } from './formats.ts'
import { type LogsOptions, runLogs } from './run.ts'

const DEFAULT_ADDRESS = 'http://127.0.0.1:3100'

/** Adds `weir logs`. Its action sets the exit code. */
export function addLogsCommand(program: Command): void {
  program
    .command('logs')
    .description('print stored logs')
    .argument('[query]', 'LogQL, such as \'{namespace="shop"} |= "error"\'; without one, everything')
    .option('--since <duration>', 'how far back from now: 5m, 1h30m, 2d (default: an hour)')
    .option('--from <time>', 'first moment: RFC 3339 or nanoseconds since 1970')
    .option('--to <time>', 'end, not included')
    .option('--limit <count>', 'lines; more than the gateway gives at once come page by page', '100')
    .option('--forward', 'oldest first')
    .addOption(
      new Option('-o, --output <format>', 'how lines are printed').choices(FORMATS).default('default'),
    )
    .option('--no-color', 'no colours at a terminal')
    .addOption(new Option('--address <url>', 'of the API').env('WEIR_ADDR').default(DEFAULT_ADDRESS))
    .addOption(new Option('--token <token>', 'the credential; better in the environment').env('WEIR_TOKEN'))
    .addOption(
      new Option('--tenant <tenant>', 'whose logs, if the credential has several').env('WEIR_TENANT'),
    )
    .addHelpText(
      'after',
      `\nExit codes: ${EXIT.done} done, ${EXIT.refused} the command or query is wrong, ${EXIT.failed} the gateway failed or can not be reached, ${EXIT.interrupted} interrupted.`,
    )
    .action(act)
}

async function act(query: string | undefined, options: LogsOptions): Promise<void> {
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
  const exitCode = await runLogs(query, { ...options, color }, context)
  // Who stops reading, as `head` does, has what they wanted.
  process.exitCode = isRead ? exitCode : EXIT.done
  process.removeListener('SIGINT', stop)
}
