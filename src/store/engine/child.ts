/**
 * The process that is ClickHouse: loads libchdb and runs its command line on a thread of its own. Started by
 * supervisor.ts with an IPC channel; ends when that channel does, so that no engine outlives its gateway.
 */

import { type ChildMessage, KEEPALIVE_MARK, type StartMessage } from './messages.ts'
import { takeEngineLock } from './orphan.ts'

// A terminal's Ctrl-C or a stop of the whole group must not take ClickHouse from a gateway that is still draining:
// the gateway says when, by a KILL QUERY, by closing the channel, or by SIGKILL.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('SIGHUP', () => {})

// SIGKILL rather than exit: libchdb's destructors could hang, and MergeTree survives it by design.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.once('message', (message) => void run(message as StartMessage))

async function run(start: StartMessage): Promise<void> {
  try {
    const holder = await takeEngineLock(start.directory)
    if (holder !== undefined) return leave({ kind: 'held', pid: holder }, 3)
    await runClickHouse(start)
    process.exit(0)
  } catch (error) {
    leave({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }, 1)
  }
}

function leave(message: ChildMessage, exitCode: number): void {
  if (process.send === undefined) process.exit(exitCode)
  process.send(message, () => process.exit(exitCode))
}

/** Returns when the keep-alive statement ends: killed for a graceful stop, or because something failed. */
async function runClickHouse({ libraryPath, ...start }: StartMessage): Promise<void> {
  const { DataType, load, open } = await import('ffi-rs')
  open({ library: 'chdb', path: libraryPath })
  const argv = [
    'clickhouse',
    `--config-file=${start.configPath}`,
    `--path=${start.dataPath}`,
    `--http_port=${start.httpPort}`,
    '--listen_host=127.0.0.1',
    `--log-level=${start.logLevel}`,
    '--query',
    STATEMENTS,
  ]
  await load({
    library: 'chdb',
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [argv.length, argv],
    runInNewThread: true,
  })
}

/**
 * HTTP only: in this build a wrong password over native TCP is an uncaught exception that ends the process. Then
 * clickhouse-local lives as long as its query: one that sleeps, a row at a time. An endless SELECT without the
 * sleep takes a whole core. Two statements: `default`'s quota is exactly that (files.ts).
 */
const STATEMENTS =
  `SYSTEM START LISTEN HTTP; SELECT sleepEachRow(1) /* ${KEEPALIVE_MARK} */ FROM system.numbers ` +
  'SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 3000000 FORMAT Null'
