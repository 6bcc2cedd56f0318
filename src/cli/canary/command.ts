import { type Command, Option } from 'commander'
import { EXIT } from '../exit-code.ts'
import { addDoorOptions, runRead } from '../read-command.ts'
import { HISTORIES, OUTPUTS, QUERY, type ReadFlags, SIDE_CHOICES, type WriteFlags } from './options.ts'
import { runCanary, runCanaryRead, runCanaryWrite } from './run.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
const EXITS = `\nExit codes: 0 only if nothing is wrong, ${EXIT.faulty} lines are missing, double, out of order or damaged, ${EXIT.refused} the command has to be changed, ${EXIT.failed} the gateway can not be reached.`

/** Adds `weir canary`. Its actions set the exit code. */
export function addCanaryCommand(program: Command): void {
  const canary = program
    .command('canary')
    .description(
      'write numbered lines, read them live and stored, and report what is missing, double or late',
    )
  const write = canary.command('write').description('write lines: to stdout, as a pod; to a file; over OTLP')
  addWriteOptions(write)
    .addOption(new Option('--token <token>', 'the credential for --otlp').env('WEIR_TOKEN'))
    .action((flags: WriteFlags) => runRead({ ...flags, color: false }, runCanaryWrite, SIGNALS))
  const read = canary.command('read').description('read what canaries write elsewhere')
  addReadOptions(read)
    .addHelpText('after', EXITS)
    .action((flags: ReadFlags) => runRead({ ...flags, color: false }, runCanaryRead, SIGNALS))
  const run = canary.command('run').description('write and read, in one process')
  addReadOptions(addWriteOptions(run))
    .addHelpText('after', EXITS)
    .action((flags: WriteFlags & ReadFlags) => runRead({ ...flags, color: false }, runCanary, SIGNALS))
  for (const command of [write, read, run])
    command
      .option('--duration <duration>', 'ends after so long; else at Ctrl-C')
      .option('--for-lines <count>', 'ends after so many lines')
}

function addWriteOptions(command: Command): Command {
  return command
    .option('--otlp <url>', 'send over OTLP/HTTP, such as http://127.0.0.1:4318')
    .option('--file <path>', 'append to a file')
    .option('--writer <name>', 'who writes; the host name by default')
    .option('--rate <lines>', 'lines per second', '10')
    .option('--bytes <bytes>', 'of a line, at least', '120')
    .option('--burst <lines>', 'so many at once every --burst-every; 0: none', '0')
    .option('--burst-every <duration>', 'between bursts', '30s')
    .option('--long-every <lines>', 'every such line is long; 0: none', '100')
    .option('--long-bytes <bytes>', 'of a long line; container runtimes cut at 16384', '20000')
}

function addReadOptions(command: Command): Command {
  return addDoorOptions(command)
    .option('--query <query>', 'which lines are read', QUERY)
    .option('--since <duration>', 'also what was written so long ago: 10m')
    .addOption(new Option('--side <side>', 'what is read').choices(SIDE_CHOICES).default('both'))
    .addOption(
      new Option('--history <api>', 'which API stored lines are read from')
        .choices(HISTORIES)
        .default('native'),
    )
    .option('--settle <duration>', 'how late a line may be before it is missing', '1m')
    .option('--slack <duration>', 'how far announced gaps reach on either side', '2s')
    .option('--poll <duration>', 'how often stored lines are read', '1s')
    .option('--metrics-port <port>', 'Prometheus metrics at /metrics of this port')
    .option('--metrics-host <host>', 'and of this address', '127.0.0.1')
    .addOption(new Option('-o, --output <format>', 'of the report').choices(OUTPUTS).default('text'))
}
