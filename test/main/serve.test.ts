import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

/**
 * Scenario: the process as an operator runs it, with a gateway that only pretends (the real one has its own
 * tests). Guarantees: what is logged, what signals do, which exit code is left behind.
 */
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

type Line = Record<string, unknown>

function serve(stub = '') {
  const args = ['--import', here('stub-gateway.hooks.ts'), here('../../src/main.ts'), 'serve']
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, STUB: stub, WEIR_DATA_DIR: '/nowhere' },
  })
  const lines: Line[] = []
  const waiting: Array<{ msg: string; resolve: (line: Line) => void }> = []
  createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text) as Line
    lines.push(line)
    for (const waiter of waiting) if (waiter.msg === line.msg) waiter.resolve(line)
  })
  const ended = once(child, 'close').then(([code]) => code as number)
  return {
    child,
    lines,
    ended,
    logged: (msg: string): Promise<Line> =>
      new Promise((resolve) => {
        const known = lines.find((line) => line.msg === msg)
        if (known) resolve(known)
        else waiting.push({ msg, resolve })
      }),
  }
}

it('says where it listens, as bound', async () => {
  const { child, logged, ended } = serve()
  expect(await logged('ready')).toMatchObject({
    level: 'info',
    grpc: '[::1]:4242',
    http: null,
    api: '127.0.0.1:3100',
    dataDir: '/nowhere',
  })
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

it.each(['SIGINT', 'SIGTERM'] as const)('%s drains, then ends with 0', async (signal) => {
  const { child, lines, logged, ended } = serve()
  await logged('ready')
  child.kill(signal)
  expect(await ended).toBe(0)
  expect(lines.map(({ msg }) => msg)).toEqual([
    'ready',
    'stops; a second signal ends at once',
    'drains',
    'stopped',
  ])
})

it.each(['SIGINT', 'SIGTERM'] as const)('%s while it starts: undone, then ends with 0', async (signal) => {
  const { child, lines, logged, ended } = serve('wait')
  await logged('starts')
  child.kill(signal)
  expect(await ended).toBe(0)
  expect(lines.map(({ msg }) => msg)).toEqual([
    'starts',
    'stops; a second signal ends at once',
    'undone',
    'stopped',
  ])
})

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s ends a stop that hangs', async (signal, code) => {
  const { child, logged, ended } = serve('hang')
  await logged('ready')
  child.kill(signal)
  await logged('drains')
  child.kill(signal)
  expect(await ended).toBe(code)
})

it.each([
  ['refuse', 'can not start: another gateway uses this folder'],
  ['throw', 'ends: an error that nothing expected'],
])('%s: a line and exit code 1', async (stub, msg) => {
  const { logged, ended } = serve(stub)
  expect(await logged(msg)).toMatchObject({ level: 'fatal' })
  expect(await ended).toBe(1)
})

it('a stop that fails ends with 1', async () => {
  const { child, logged, ended } = serve('fail')
  await logged('ready')
  child.kill('SIGTERM')
  expect(await logged('did not stop cleanly')).toMatchObject({
    level: 'fatal',
    err: { message: 'the disk is gone' },
  })
  expect(await ended).toBe(1)
})

it.each(['', 'bad file'])('SIGHUP reads the file anew, and never ends the process (%s)', async (stub) => {
  const { child, logged, ended } = serve(stub)
  await logged('ready')
  child.kill('SIGHUP')
  expect(await logged('reloads')).toMatchObject({ by: 'signal', processors: [] })
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

it('SIGHUP while it starts is no reason to end', async () => {
  const { child, logged, ended } = serve('wait')
  await logged('starts')
  child.kill('SIGHUP')
  await logged('SIGHUP: still starting; nothing is reloaded')
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})
