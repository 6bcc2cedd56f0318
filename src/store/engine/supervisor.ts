import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LOG_FILE } from './files.ts'
import type { ChildMessage, StartMessage } from './messages.ts'
import { OutputTail } from './output-tail.ts'

/** One run of the child. */
export type EngineProcess = {
  readonly pid: number | undefined
  /** Settles with the reason, a sentence for the log, when the process is gone. Never rejects. */
  readonly exited: Promise<string>
  /** SIGKILL. */
  kill(): void
}

const LOG_CHARS_MAX = 2_000
const CHILD_PATH = fileURLToPath(new URL('child.ts', import.meta.url))

/** Starts the child with an environment of its own: the gateway's secrets are not for it. */
export function startEngineProcess(start: StartMessage, timezone: string): EngineProcess {
  const child = spawn(
    process.execPath,
    // The directory is for orphan.ts, and for people who look at a process list.
    ['--disable-warning=ExperimentalWarning', CHILD_PATH, start.directory],
    {
      // Relative paths in file() start here.
      cwd: start.directory,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A group of its own: a terminal's Ctrl-C is for the gateway, which still needs its ClickHouse to drain.
      detached: true,
      env: { PATH: process.env.PATH, HOME: start.directory, TZ: timezone },
    },
  )
  const output = new OutputTail()
  child.stdout?.on('data', output.add)
  child.stderr?.on('data', output.add)
  let said: string | undefined
  child.on('message', (message) => {
    said = explain(message as ChildMessage, start.directory)
  })
  const exited = whenGone(
    child,
    () => said ?? [output.lastLines(), lastLogLines(start.directory)].join('\n').trim(),
  )
  if (child.pid !== undefined) child.send(start, () => {})
  return { pid: child.pid, exited, kill: () => void child.kill('SIGKILL') }
}

/** What ClickHouse itself wrote last: a config it can't read ends it without a word on stderr. */
function lastLogLines(directory: string): string {
  try {
    return readFileSync(join(directory, LOG_FILE), 'utf8').slice(-LOG_CHARS_MAX)
  } catch {
    return ''
  }
}

function explain(message: ChildMessage, directory: string): string {
  if (message.kind === 'failed') return message.message
  return (
    `The ClickHouse directory ${directory} is in use by another process (${message.pid || 'unknown'}): ` +
    'stop that one, or choose another directory.'
  )
}

function whenGone(child: ChildProcess, details: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(`it could not be started: ${error.message}`))
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`
      const why = details()
      resolve(why === '' ? how : `${how}: ${why}`)
    })
  })
}
