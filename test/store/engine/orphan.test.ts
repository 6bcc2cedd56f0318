import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmbeddedEngine } from '../../../src/store/engine/embedded.ts'
import { tryLockFile } from '../../../src/store/engine/lock.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { killed, startHolder, watchEnd } from './support/processes.ts'

/** Guarantees: the embedded ClickHouse ends with its gateway, however that ends, and never runs twice on one directory. */

let directory: string
let test: TestEngine | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-orphan-'))
  test = undefined
})
afterEach(async () => {
  await test?.stop()
  await rm(directory, { recursive: true, force: true })
})

const kept = (engine: TestEngine['engine']) => engine.reader.rows('SELECT count() AS n FROM kept')

describe('a gateway that is killed', () => {
  it('takes its ClickHouse with it', async () => {
    const holder = await startHolder('engine', directory)
    const { ended } = await watchEnd(holder.said.port)
    await killed(holder.process)
    await ended
  })

  it('can be followed at once by another, which finds the data', async () => {
    const holder = await startHolder('engine', directory)
    const { ended } = await watchEnd(holder.said.port)
    await killed(holder.process)
    test = await startTestEngine({ directory })
    await ended
    expect(await kept(test.engine)).toEqual([{ n: '1000' }])
  })

  it('may leave one that can go no more: the next gateway ends it', async () => {
    const holder = await startHolder('engine', directory)
    const { ended } = await watchEnd(holder.said.port)
    process.kill(holder.said.pid, 'SIGSTOP')
    await killed(holder.process)
    test = await startTestEngine({ directory })
    await ended
    expect(await kept(test.engine)).toEqual([{ n: '1000' }])
  })
})

/** Starts an engine here and stops it at the first error that it logs. */
async function refusalOfStart(): Promise<string> {
  const refused = Promise.withResolvers<string>()
  const engine = createEmbeddedEngine({
    directory,
    log: pino({ level: 'error' }, { write: (line: string) => refused.resolve(line) }),
  })
  engine.start()
  const line = await refused.promise
  await engine.stop()
  expect(engine.state).toBe('down')
  return line
}

it('a process that has the id of one that once held the directory is left alone', async () => {
  const lock = tryLockFile(join(directory, 'engine.lock'))
  const innocent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], { stdio: 'ignore' })
  const gone = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
  await once(gone, 'exit')
  writeFileSync(join(directory, 'engine.pid'), JSON.stringify({ pid: innocent.pid, parentPid: gone.pid }))
  const ended = once(innocent, 'exit')
  expect(await refusalOfStart()).toContain(`is in use by another process (${innocent.pid})`)
  innocent.kill('SIGTERM')
  expect(await ended).toEqual([null, 'SIGTERM'])
  lock?.release()
})

it('a directory whose gateway lives is not taken from it', async () => {
  const holder = await startHolder('engine', directory)
  const { ended } = await watchEnd(holder.said.port)
  expect(await refusalOfStart()).toContain(
    `The ClickHouse directory ${directory} is in use by another process (${holder.said.pid})`,
  )
  process.kill(holder.said.pid, 0)
  await killed(holder.process)
  await ended
})
