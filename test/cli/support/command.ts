import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

export type Ran = { readonly exitCode: number | null; readonly out: string; readonly error: string }
export type Running = { readonly child: ChildProcess; readonly done: Promise<Ran> }

/** `weir …` as a process, its streams are pipes. Nothing of this process's environment but PATH reaches it. */
export function startWeir(words: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [MAIN, ...words], { env: { PATH: process.env.PATH ?? '', ...env } })
  let out = ''
  let error = ''
  child.stdout.on('data', (chunk) => {
    out += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    error += String(chunk)
  })
  const done = once(child, 'close').then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    out,
    error,
  }))
  return { child, done }
}

export function weir(words: ReadonlyArray<string>, env?: Readonly<Record<string, string>>): Promise<Ran> {
  return startWeir(words, env).done
}
