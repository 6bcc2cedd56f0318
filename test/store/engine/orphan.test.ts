import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmbeddedEngine } from '../../../src/store/engine/embedded.ts'
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

it('a directory whose gateway lives is not taken from it', async () => {
  const holder = await startHolder('engine', directory)
  const lines: string[] = []
  const engine = createEmbeddedEngine({
    directory,
    log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
  })
  const { ended } = await watchEnd(holder.said.port)
  engine.start()
  const refused = await new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (lines[0] === undefined) return
      clearInterval(timer)
      resolve(lines[0])
    }, 50)
  })
  await engine.stop()
  expect(refused).toContain(
    `The ClickHouse directory ${directory} is in use by another process (${holder.said.pid})`,
  )
  expect(engine.state).toBe('down')
  process.kill(holder.said.pid, 0)
  await killed(holder.process)
  await ended
})
