import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { formatAddress, type ListenAddress } from '../src/config/fields.ts'
import { ROOT } from './options.ts'
import { Problem } from './problem.ts'

export type DemoGateway = {
  /** It answered before the demo came, and goes on after it. */
  readonly wasRunning: boolean
  /** host:port of OTLP/gRPC. */
  readonly grpc: string
  /** `http://host:port` of the API. */
  readonly api: string
  /** Resolves when a gateway that the demo started has drained and ended; at once for one that ran before. */
  stop(): Promise<void>
  /** Resolves when it has ended; never for one that ran before. */
  readonly ended: Promise<void>
}

type Addresses = { readonly grpc: ListenAddress | null; readonly api: ListenAddress | null }

const PROBE_TIMEOUT_MS = 2000

/** The gateway that answers at the configured addresses, if one does. Throws {@link Problem} if something else does. */
export async function findGateway({ grpc, api }: Addresses): Promise<DemoGateway | undefined> {
  if (grpc === null || api === null)
    throw new Problem(
      'The demo sends over OTLP/gRPC and reads through the API: listen.grpc and listen.api must not be off.',
    )
  if (api.port === 0) return undefined
  const url = `http://${formatAddress(api)}`
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).catch(
    (error: Error & { cause?: { code?: string } }) => {
      if (error.cause?.code === 'ECONNREFUSED') return undefined
      throw new Problem(
        `Something listens on ${formatAddress(api)}, but it does not answer as a gateway does.`,
      )
    },
  )
  if (answer === undefined) return undefined
  const state = (await answer.json().catch(() => ({}))) as {
    parts?: unknown
    ready?: boolean
    reason?: string
  }
  if (!Array.isArray(state.parts))
    throw new Problem(
      `Something other than Weir answers on ${url}. End it, or give the demo a --config with other ports.`,
    )
  if (!state.ready) throw new Problem(`The gateway on ${url} is not ready: ${state.reason}`)
  return {
    wasRunning: true,
    grpc: formatAddress(grpc),
    api: url,
    stop: async () => {},
    ended: new Promise(() => {}),
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>
type LogLine = {
  readonly level?: string
  readonly msg?: string
  readonly grpc?: string
  readonly api?: string
}

/**
 * Starts `node src/main.ts serve` with this config, and waits until it is ready. In a process group of its own: a
 * Ctrl-C reaches the demo only, which stops the gateway when it has no more use for it. `signal` ends the wait.
 */
export async function startGateway(config: string, signal: AbortSignal): Promise<DemoGateway> {
  const child = spawn(process.execPath, [`${ROOT}src/main.ts`, 'serve', '--config', config], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit').then(() => undefined)
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
  }
  try {
    const { grpc, api } = await readyLine(child, ended, signal)
    return { wasRunning: false, grpc: grpc!, api: `http://${api}`, stop, ended }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resolves with the line that says where the gateway listens. What went wrong before is in the {@link Problem}. */
async function readyLine(child: Child, ended: Promise<void>, signal: AbortSignal): Promise<LogLine> {
  const complaints: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text.trimEnd()))
  const ready = new Promise<LogLine>((resolve) => {
    createInterface(child.stdout).on('line', (text) => {
      const line = parseLine(text)
      if (line.msg === 'ready') resolve(line)
      else if (line.level !== 'info') complaints.push(line.msg ?? text)
    })
  })
  const failed = ended.then(() => {
    throw new Problem('The gateway did not start.', complaints.join('\n'))
  })
  const aborted = once(signal, 'abort').then(() => {
    throw signal.reason
  })
  const line = await Promise.race([ready, failed, aborted])
  // From here on an end is no failed start.
  failed.catch(() => {})
  aborted.catch(() => {})
  return line
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { level: 'error', msg: text }
  }
}
