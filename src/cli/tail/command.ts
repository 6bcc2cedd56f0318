import type { Command } from 'commander'
import { EXIT } from '../exit-code.ts'
import { addReadOptions, runRead } from '../read-command.ts'
import { runTail, TAIL_FORMATS, type TailOptions } from './run.ts'

/** Adds `weir tail`. Its action sets the exit code. */
export function addTailCommand(program: Command): void {
  const command = program
    .command('tail')
    .description('print logs as they come in, until Ctrl-C')
    .argument('<query>', 'LogQL, such as \'{namespace="shop"} |= "error"\'')
    .option('--since <duration>', 'stored lines of so long first: 90s, 10m, 1h30m')
    .option('--limit <count>', 'stored lines to begin with, the newest ones')
    .option('--hide-dropped', 'no live lines that a rule will drop; else they are marked with its name')
    .addHelpText(
      'after',
      `\nNotices (gaps, drops, new connections) go to stderr.\nExit codes: ${EXIT.refused} the command, query or credential is wrong, ${EXIT.failed} the gateway can not be reached, ${EXIT.interrupted} interrupted.`,
    )
    .action((query: string, options: TailOptions) =>
      runRead(options, (read, context) => runTail(query, read, context)),
    )
  addReadOptions(command, TAIL_FORMATS)
}
