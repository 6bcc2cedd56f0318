import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readStamp } from '../../../src/cli/canary/ledger/stamp.ts'
import { EXIT } from '../../../src/cli/exit-code.ts'
import { startWeir, weir } from '../support/command.ts'
import { canary } from './support/canary.ts'

/** Scenario: `weir canary` as a process. Guarantees: what it writes, how it ends, and a sentence for what can't be. */

describe('weir canary', () => {
  const directories: string[] = []
  afterEach(async () => {
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true })
  })

  it('writes to a file: as many lines as it was told, in order, the last one says so', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'weir-canary-'))
    directories.push(directory)
    const file = join(directory, 'app.log')
    const words = ['canary', 'write', '--file', file, '--rate', '1000', '--for-lines', '250', '--writer', 'w']
    expect(await weir(words)).toEqual({ exitCode: EXIT.done, out: '', error: '' })
    const lines = (await readFile(file, 'utf8')).split('\n')
    expect(lines.pop()).toBe('')
    const stamps = lines.map(readStamp)
    expect(stamps.map((stamp) => stamp !== 'damaged' && stamp?.seq)).toEqual(
      Array.from({ length: 250 }, (_, seq) => seq),
    )
    expect(stamps.at(-1)).toMatchObject({ isLast: true, writer: 'w' })
    expect(lines.map(({ length }, i) => (length >= 20_000 ? i : -1)).filter((i) => i >= 0)).toEqual([99, 199])
  })

  it('writes to stdout until SIGTERM, and then its last line', async () => {
    const { child, done } = startWeir(['canary', 'write', '--rate', '200'])
    await new Promise((resolve) => child.stdout!.once('data', resolve))
    child.kill('SIGTERM')
    const { exitCode, out } = await done
    expect(exitCode).toBe(EXIT.done)
    expect(readStamp(out.trimEnd().split('\n').at(-1)!)).toMatchObject({ isLast: true })
  })

  const ADDRESS = 'http://127.0.0.1:1'
  it.each<[options: Parameters<typeof canary>[0], message: string]>([
    [{ address: ADDRESS }, 'Give --otlp or --file: stdout is for the report.'],
    [{ address: ADDRESS, otlp: 'there' }, '--otlp there is no address'],
    [{ address: 'nowhere', otlp: ADDRESS }, '--address nowhere is no address'],
    [
      { address: ADDRESS, otlp: ADDRESS, rate: '0' },
      '--rate 0 is out of range: expected a number from 0.001',
    ],
    [{ address: ADDRESS, otlp: ADDRESS, forLines: '1.5' }, '--for-lines 1.5 is no whole number.'],
    [{ address: ADDRESS, otlp: ADDRESS, writer: 'a b' }, '--writer a b is no name'],
    [{ address: ADDRESS, otlp: ADDRESS, duration: 'long' }, '--duration long is no duration'],
    [
      { address: ADDRESS, otlp: ADDRESS, burst: '5', burstEvery: '90d' },
      '--burst-every 90d is out of range: expected 1ms to 24d.',
    ],
    [{ address: ADDRESS, otlp: ADDRESS, metricsPort: '70000' }, '--metrics-port 70000 is out of range'],
  ])('refuses %j in a sentence', async (options, message) => {
    const { exitCode, out, errors } = await canary(options)
    expect([exitCode, out]).toEqual([EXIT.refused, ''])
    expect(errors).toContain(message)
  })

  it('says that no gateway answers', async () => {
    const { exitCode, error } = await weir(['canary', 'read', '--address', 'http://127.0.0.1:1'])
    expect(exitCode).toBe(EXIT.failed)
    expect(error).toContain('http://127.0.0.1:1 does not answer (ECONNREFUSED)')
  })
})
