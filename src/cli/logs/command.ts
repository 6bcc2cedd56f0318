import type { Command } from 'commander'
import { EXIT } from '../exit-code.ts'
import { addReadOptions, runRead } from '../read-command.ts'
import { FORMATS } from './formats.ts'
import { type LogsOptions, runLogs } from './run.ts'

/** Adds `weir logs`. Its action sets the exit code. */
export function addLogsCommand(program: Command): void {
  const command = program
    .command('logs')
    .description('print stored logs')
    .argument('[query]', 'LogQL, such as \'{namespace="shop"} |= "error"\'; without one, everything')
    .option('--since <duration>', 'how far back from now: 5m, 1h30m, 2d (default: an hour)')
    .option('--from <time>', 'first moment: RFC 3339 or nanoseconds since 1970')
    .option('--to <time>', 'end, not included')
    .option('--limit <count>', 'lines; more than the gateway gives at once come page by page', '100')
    .option('--forward', 'oldest first')
    .addHelpText(
      'after',
      `\nExit codes: ${EXIT.done} done, ${EXIT.refused} the command or query is wrong, ${EXIT.failed} the gateway failed or can not be reached, ${EXIT.interrupted} interrupted.`,
    )
    .action((query: string | undefined, options: LogsOptions) =>
      runRead(options, (read, context) => runLogs(query, read, context)),
    )
  addReadOptions(command, FORMATS)
}
