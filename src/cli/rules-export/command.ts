import { type Command, Option } from 'commander'
import { CommandError, EXIT } from '../exit-code.ts'
import { processTerminal, type Terminal } from '../terminal.ts'

/** What the collector's configuration is made for. */
export type ExportOptions = {
  readonly endpoint: string
  readonly tokenVariable?: string
  readonly logsFolder: string
  readonly stateFolder: string
}

/** Makes the text for a config file; ends the process where that can't be used. */
export type MakeCollectorYaml = (configFile: string, options: ExportOptions) => string

type Given = ExportOptions & { readonly config: string; readonly collector?: boolean }

/** Adds `export` to `weir rules`. Its action sets the exit code. */
export function addRulesExportCommand(rules: Command, defaultConfig: string, make: MakeCollectorYaml): void {
  rules
    .command('export')
    .description('print the rules in the words of another program')
    .option('--collector', 'an OpenTelemetry Collector that reads only the logs which select_logs keeps')
    .option('-c, --config <file>', 'config file', defaultConfig)
    .option('--endpoint <url>', 'where the collector finds Weir', 'http://weir:4317')
    .option('--token-variable <name>', "environment variable with the collector's credential")
    .addOption(new Option('--logs-folder <path>', "the kubelet's pod logs").default('/var/log/pods'))
    .addOption(
      new Option('--state-folder <path>', 'where the collector remembers how far it has read').default(
        '/var/lib/otelcol',
      ),
    )
    .action(async (options: Given) => {
      process.exitCode = await runRulesExport(
        options,
        make,
        processTerminal(() => {}),
      )
    })
}

function readOptions({ endpoint, tokenVariable, logsFolder, stateFolder }: Given): ExportOptions {
  const wrong = (message: string): CommandError => new CommandError(EXIT.refused, message)
  if (!/^https?:\/\/[^/\s]+$/.test(endpoint))
    throw wrong(`--endpoint ${endpoint} is no address of OTLP/gRPC: expected one such as http://weir:4317.`)
  if (tokenVariable !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(tokenVariable))
    throw wrong(
      `--token-variable ${tokenVariable} is no name of a variable: expected one such as WEIR_TOKEN.`,
    )
  for (const [name, folder] of Object.entries({ 'logs-folder': logsFolder, 'state-folder': stateFolder }))
    if (!folder.startsWith('/')) throw wrong(`--${name} ${folder} is no absolute path.`)
  return {
    endpoint,
    ...(tokenVariable === undefined ? {} : { tokenVariable }),
    logsFolder: logsFolder.replace(/\/+$/, ''),
    stateFolder,
  }
}

async function runRulesExport(options: Given, make: MakeCollectorYaml, terminal: Terminal): Promise<number> {
  try {
    if (options.collector !== true)
      throw new CommandError(EXIT.refused, 'Say for which program: --collector is the one there is.')
    await terminal.out(make(options.config, readOptions(options)))
    return EXIT.done
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    terminal.error(`${error.message}\n`)
    return error.exitCode
  }
}
