#!/usr/bin/env -S node --external-memory-accounted-in-global-limit --max-semi-space-size=4 --initial-old-space-size=64 --heap-growing-percent=20
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { addCanaryCommand } from './cli/canary/command.ts'
import { addCardinalityCommand } from './cli/cardinality/command.ts'
import { explainAgainst } from './cli/check/against.ts'
import { CommandError } from './cli/exit-code.ts'
import { addLogsCommand } from './cli/logs/command.ts'
import { addRecommendCommand } from './cli/recommend/command.ts'
import { addRulesCommand } from './cli/rules/command.ts'
import { addRulesExportCommand } from './cli/rules-export/command.ts'
import { addTailCommand } from './cli/tail/command.ts'
import { formatAddress, type ListenAddress } from './config/fields.ts'
import { configJsonSchema } from './config/json-schema.ts'
import { ConfigError, type LoadedConfig, loadConfigFile } from './config/load.ts'
import { prepareProcessor } from './processors/registry.ts'
import { activeSelections, collectorYaml } from './processors/select-logs/collector/collector-config.ts'
import { createLogger, type Logger } from './telemetry/logger.ts'
import { terminalDestination } from './telemetry/terminal.ts'
import { unsafeListeners } from './tenancy/listeners.ts'

/**
 * The command line: wiring only. The one place that ends the process.
 *
 * The flags above are those of `npm start`. Request bodies live outside V8's heap, 35 MB of them a second at 100 k
 * records/s, beside a heap of 30 MB: by default V8 answers each few dozen MB with a full collection of that heap, a third
 * of the gateway's CPU. Counted into one limit they are collected as the heap is; a small young generation keeps the
 * memory small (bench/README.md).
 */

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const DEFAULT_CONFIG = fileURLToPath(new URL('../weir.yaml', import.meta.url))

const program = new Command('weir')
  .description('Telemetry gateway: OTLP in, rules, ClickHouse with a TTL.')
  .version(version)
  .showHelpAfterError()

program
  .command('serve')
  .description('run the gateway until SIGINT or SIGTERM')
  .option('-c, --config <file>', 'config file', DEFAULT_CONFIG)
  .action((options: { config: string }) => serve(options.config, load(options.config)))

program
  .command('check')
  .description('check a config without starting anything')
  .option('-c, --config <file>', 'config file', DEFAULT_CONFIG)
  .option(
    '--against [url]',
    'what would change of the config that runs there (without a URL: at listen.api); WEIR_TOKEN is the credential',
  )
  .option('--print', 'print the whole config with its defaults, secrets masked')
  .option('--schema', 'print the JSON Schema of config files, for editors')
  .action(check)

addLogsCommand(program)
addTailCommand(program)
addCanaryCommand(program)
addCardinalityCommand(program)
addRecommendCommand(program)
addRulesExportCommand(addRulesCommand(program), DEFAULT_CONFIG, (file, options) => {
  const { processors, logs } = load(file).config
  return collectorYaml(activeSelections(processors), {
    ...options,
    sourceTimeAttribute: logs.sourceTimeAttribute,
  })
})

await program.parseAsync()

/** Loads a config or ends the process with everything that is wrong with it on stderr. */
function load(file: string): LoadedConfig {
  try {
    return read(file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const count = error.issues.length
    process.stderr.write(
      `${error.message}\n${count === 1 ? 'One error' : `${count} errors`}; nothing was started.\n`,
    )
    process.exit(1)
  }
}

type CheckOptions = {
  readonly config: string
  readonly against?: string | true
  readonly print?: boolean
  readonly schema?: boolean
}

/** Throws {@link ConfigError}. */
function read(file: string): LoadedConfig {
  const loaded = loadConfigFile(file, {
    env: process.env,
    workingDirectory: process.cwd(),
    validateProcessor: prepareProcessor,
  })
  const unsafe = unsafeListeners(loaded.config)
  if (unsafe === undefined) return loaded
  throw new ConfigError(file, [{ path: ['listen'], message: unsafe }])
}

async function check(options: CheckOptions): Promise<void> {
  if (options.schema) {
    process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`)
    return
  }
  const { config, description, warnings } = load(options.config)
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  if (options.print) {
    process.stdout.write(description.text)
    return
  }
  const { clickhouse, listen } = config
  const rules = Object.keys(config.processors)
  const lines = [
    `${options.config} is good.`,
    `  listeners    gRPC ${shown(listen.grpc) ?? 'off'}, HTTP ${shown(listen.http) ?? 'off'}, API ${shown(listen.api) ?? 'off'}`,
    `  data         ${config.dataDir}`,
    `  ClickHouse   ${clickhouse.mode === 'embedded' ? 'embedded' : `${clickhouse.url}, database ${clickhouse.database}`}`,
    `  tenancy      ${config.tenancy.mode}, ${config.credentials.length} credentials`,
    `  processors   ${rules.length === 0 ? 'none: everything is kept' : rules.join(', ')}`,
    `  hash         ${description.hash}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  if (options.against === undefined) return
  const address = options.against === true ? `http://${shown(listen.api) ?? 'off'}` : options.against
  try {
    process.stdout.write(await explainAgainst(description, { address, token: process.env.WEIR_TOKEN }))
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = error.exitCode
  }
}

function shown(address: ListenAddress | null): string | null {
  return address && formatAddress(address)
}

async function serve(file: string, loaded: LoadedConfig): Promise<void> {
  const { config, warnings } = loaded
  // A person at a terminal gets short lines; whatever collects logs gets JSON.
  const atTerminal = process.stdout.isTTY === true
  const logger = atTerminal
    ? createLogger(
        config.telemetry,
        terminalDestination((line) => process.stderr.write(line)),
      )
    : createLogger(config.telemetry)
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'ends: an error that nothing expected')
    process.exit(1)
  })
  for (const warning of warnings) logger.warn(warning)

  // From here on: the first process of a container gets no signal that it does not listen to, and a start may be long.
  const signal = stopSignal(logger)
  const reloads = reloadSignal(logger)
  // Only here, so that `check` starts at once.
  const { startGateway } = await import('./gateway.ts')
  const source = { loaded, load: () => read(file) }
  const gateway = await startGateway(config, { logger, signal, version, source }).catch((error: Error) => {
    if (signal.aborted) {
      logger.info('stopped')
      process.exit(0)
    }
    // The stack is for log files, not for people.
    logger.fatal(atTerminal ? {} : { err: error }, `can not start: ${error.message}`)
    process.exit(1)
  })
  if (signal.aborted) return stop(gateway, logger)
  signal.addEventListener('abort', () => stop(gateway, logger))
  reloads.onSignal = () => gateway.reload('signal')
  const { grpc, http, api } = gateway.addresses
  if (!atTerminal) {
    const bound = { grpc: shown(grpc), http: shown(http), api: shown(api) }
    logger.info({ version, ...bound, dataDir: config.dataDir }, 'ready')
    return
  }
  const lines = [
    `Weir ${version} is ready.`,
    ...(grpc ? [`  OTLP/gRPC  ${formatAddress(grpc)}`] : []),
    ...(http ? [`  OTLP/HTTP  ${config.ingest.tls ? 'https' : 'http'}://${formatAddress(http)}`] : []),
    ...(api ? [`  API        http://${formatAddress(api)}`] : []),
    `  Data       ${relative(process.cwd(), config.dataDir) || config.dataDir}`,
    'Next: npm run demo, in another terminal, sends real telemetry. Ctrl-C stops.',
  ]
  process.stderr.write(`${lines.join('\n')}\n`)
}

/** Aborts at the first SIGINT or SIGTERM: time to drain and stop. The second one ends the process at once. */
function stopSignal(logger: Logger): AbortSignal {
  const first = new AbortController()
  const heard = (signal: NodeJS.Signals): void => {
    if (first.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    logger.info({ signal }, 'stops; a second signal ends at once')
    first.abort()
  }
  process.on('SIGINT', heard)
  process.on('SIGTERM', heard)
  return first.signal
}

/** SIGHUP reads the config anew, once the gateway runs; before that it is no reason to end. */
function reloadSignal(logger: Logger): { onSignal: () => void } {
  const reloads = { onSignal: (): void => logger.warn({}, 'SIGHUP: still starting; nothing is reloaded') }
  process.on('SIGHUP', () => {
    try {
      reloads.onSignal()
    } catch {
      // It is logged where it was found.
    }
  })
  return reloads
}

async function stop(gateway: { stop(): Promise<void> }, logger: Logger): Promise<void> {
  try {
    await gateway.stop()
    logger.info('stopped')
    process.exit(0)
  } catch (error) {
    logger.fatal({ err: error }, 'did not stop cleanly')
    process.exit(1)
  }
}
