import type { Command } from 'commander'
import { addReadOptions, runRead } from '../read-command.ts'
import { RULES_FORMATS, type RulesOptions, runRules, runTry, type TryOptions } from './run.ts'

/** Adds `weir rules` and returns it, for more commands about rules. Actions set the exit code. */
export function addRulesCommand(program: Command): Command {
  const rules = program.command('rules').description('what the rules remove')
  const show = rules
    .command('show', { isDefault: true })
    .description('what each rule removed today, and what dry runs would have removed')
    .option('--since <duration>', 'how far back from now: 5m, 1h30m, 2d (default: midnight UTC)')
    .option('--samples', 'with a few of the records that each removed lately')
    .action((options: RulesOptions) => runRead(options, runRules))
  addReadOptions(show, RULES_FORMATS)
  const attempt = rules
    .command('try')
    .description('what rules would remove of stored history; nothing is written')
    .argument(
      '<rule>',
      'a processor in force, such as filter/noisy, a YAML file with processors, or a condition of a filter (of logs, unless its paths say span., metric. …)',
    )
    .option('--since <duration>', 'how far back from now', '1h')
    .action((rule: string, options: TryOptions) =>
      runRead(options, (read, context) => runTry(rule, read, context)),
    )
  addReadOptions(attempt, RULES_FORMATS)
  return rules
}
