import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/exit-code.ts'
import type { TailOptions } from '../../src/cli/tail/run.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { sendLines } from '../tail/support/sender.ts'
import { Paper } from './support/paper.ts'

/** Scenario: `weir tail` against a real gateway. Guarantees: what it prints, how it ends, and that a restart costs no line. */

const SHOP = { 'service.name': 'shop', 'k8s.namespace.name': 'prod', 'k8s.pod.name': 'shop-0' }
const QUERY = '{app="shop"}'
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway('tail: {pingIntervalMs: 200}')
})
afterAll(() => gateway.stop())

const tail = (paper: Paper, options: Partial<TailOptions> = {}, query = QUERY): Promise<number> =>
  paper.tail(query, { address: gateway.urls.api, ...options })

describe('weir tail', () => {
  it('prints stored and live lines until Ctrl-C', async () => {
    await sendLines(gateway.urls.http, SHOP, ['stored'])
    const paper = new Paper()
    const done = tail(paper, { since: '10m' })
    await paper.until(() => paper.text.includes('stored'))
    await sendLines(gateway.urls.http, SHOP, ['live \u001b[31m1', 'live 2'])
    await paper.until(() => paper.text.includes('live 2'))
    paper.interrupted.abort()
    expect(await done).toBe(EXIT.interrupted)
    expect(paper.text.replace(/^\S+Z/gm, 'TIME')).toBe(
      'TIME -     prod/shop-0 stored\nTIME -     prod/shop-0 live \u001b[31m1\nTIME -     prod/shop-0 live 2\n',
    )
    expect(paper.errors).toBe('')
  })

  it('prints colours and no foreign escapes at a terminal, and JSON and raw lines for programs', async () => {
    const papers = [new Paper({ isTerminal: true }), new Paper(), new Paper()] as const
    const done = [tail(papers[0]), tail(papers[1], { output: 'json' }), tail(papers[2], { output: 'raw' })]
    const isReady = async (): Promise<boolean> => {
      await sendLines(gateway.urls.http, SHOP, ['warm \u001b[2J'])
      return papers.every(({ text }) => text.includes('warm'))
    }
    await expect.poll(isReady, { timeout: 10_000 }).toBe(true)
    for (const { interrupted } of papers) interrupted.abort()
    await Promise.all(done)
    expect(papers[0].text).toContain('warm \\x1b[2J\n')
    expect(papers[0].text.replaceAll('\u001b', 'ESC')).toMatch(/ESC\[\d+mprod\/shop-0ESC\[0m/)
    expect(JSON.parse(papers[1].text.split('\n')[0]!)).toMatchObject({
      body: 'warm \u001b[2J',
      pod: 'shop-0',
    })
    expect(papers[2].text.split('\n')[0]).toBe('warm \u001b[2J')
  })

  it.each<[what: string, query: string, options: Partial<TailOptions>, exit: number, message: string]>([
    ['a bad query', '{app=', {}, EXIT.refused, '400: parse error at line 1'],
    ['a metric query', 'rate({a="b"}[1m])', {}, EXIT.refused, '400: A tail reads log lines'],
    ['a bad duration', QUERY, { since: 'long' }, EXIT.refused, '--since long is no duration'],
    ['a bad limit', QUERY, { limit: 'x' }, EXIT.refused, '400: limit="x" is out of range'],
    ['a bad address', QUERY, { address: 'nowhere' }, EXIT.refused, '--address nowhere is no address'],
    [
      'a wrong path',
      QUERY,
      { address: 'http://127.0.0.1:1/x' },
      EXIT.failed,
      'does not answer (ECONNREFUSED)',
    ],
    ['a bad format', QUERY, { output: 'xml' }, EXIT.refused, '-o xml is no format'],
  ])('ends with a sentence for %s', async (_what, query, options, exit, message) => {
    const paper = new Paper()
    expect(await tail(paper, options, query)).toBe(exit)
    expect(paper.errors).toContain(message)
    expect(paper.text).toBe('')
  })

  it('comes back after a restart, and prints every line once', { timeout: 60_000 }, async () => {
    const listen = 'listen: {grpc: 127.0.0.1:0, http: 127.0.0.1:0, api: "127.0.0.1:PORT"}\n'
    const first = await startTestGateway(listen.replace('PORT', '0'))
    const paper = new Paper()
    const done = tail(paper, { address: first.urls.api, output: 'raw' })
    await expect
      .poll(
        async () => {
          await sendLines(first.urls.http, SHOP, ['warm'])
          return paper.text.includes('warm')
        },
        { timeout: 10_000 },
      )
      .toBe(true)
    await sendLines(first.urls.http, SHOP, ['1', '2'])
    await paper.until(() => paper.text.includes('2\n'))
    await first.gateway.stop()
    const second = await startTestGateway(listen.replace('PORT', new URL(first.urls.api).port), {
      dataDir: first.dataDir,
    })
    await sendLines(second.urls.http, SHOP, ['3'])
    await paper.until(() => paper.text.includes('3\n'))
    await sendLines(second.urls.http, SHOP, ['4'])
    await paper.until(() => paper.text.includes('4\n'))
    paper.interrupted.abort()
    expect(await done).toBe(EXIT.interrupted)
    expect(paper.text.split('\n').filter((line) => /^\d$/.test(line))).toEqual(['1', '2', '3', '4'])
    expect(paper.errors).toContain('The gateway is stopping: connect again. Connects again.')
    await second.gateway.stop()
    await rm(first.dataDir, { recursive: true, force: true })
  })

  it('ends cleanly as a process, at the first Ctrl-C', async () => {
    const child = spawn(process.execPath, [main, 'tail', QUERY, '-o', 'raw', '--address', gateway.urls.api])
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += String(chunk)
    })
    await expect
      .poll(
        async () => {
          await sendLines(gateway.urls.http, SHOP, ['for the process'])
          return out.includes('for the process')
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    child.kill('SIGINT')
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    expect(code).toBe(EXIT.interrupted)
  })
})
