import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
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
 * Call while the process that listens on `port` lives: the promise inside settles when it no longer does. The kernel
 * tells by closing the connection, whoever the process's parent is; a server may also close an idle one, so then
 * the port is tried. A process that stays makes the test run out of time.
 */
export async function watchEnd(port: number): Promise<{ readonly ended: Promise<void> }> {
  const first = await connected(port)
  if (first === undefined) throw new Error(`nothing listens on ${port}`)
  return { ended: untilRefused(port, first) }
}

async function untilRefused(port: number, first: Socket): Promise<void> {
  for (let socket: Socket | undefined = first; socket !== undefined; socket = await connected(port)) {
    await closed(socket)
  }
}

function connected(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(socket))
    socket.on('error', () => resolve(undefined))
  })
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('close', () => resolve())
    socket.resume()
  })
}
