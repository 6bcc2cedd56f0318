import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

const HOLDER = fileURLToPath(new URL('holder.ts', import.meta.url))

export type Holder = {
  readonly process: ChildProcess
  readonly said: { readonly pid: number; readonly port: number }
}

/** Starts holder.ts and waits until it holds what it shall. */
export async function startHolder(what: 'lock' | 'engine', directory: string): Promise<Holder> {
  const child = spawn(process.execPath, [HOLDER, what, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { process: child, said: JSON.parse(line.toString('utf8')) }
}

export async function killed(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

/**
 * Call while the process that listens on `port` lives: the promise inside settles when the kernel closes its
 * sockets, which is when it ends, whoever its parent is.
 */
export async function watchEnd(port: number): Promise<{ readonly ended: Promise<void> }> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  await once(socket, 'connect')
  socket.resume()
  return { ended }
}
