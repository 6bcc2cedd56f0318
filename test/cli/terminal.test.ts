import { afterEach, describe, expect, it } from 'vitest'
import { type LogsOptions, runLogs } from '../../src/cli/logs/run.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { type GatewayStub, paged, recordLine, startStub } from './support/gateway-stub.ts'

/** `weir logs` at a terminal: colours, harmless lines, progress where the lines go elsewhere. */

let stub: GatewayStub | undefined
afterEach(async () => {
  await stub?.stop()
  stub = undefined
})

async function run(
  answer: Parameters<typeof startStub>[0],
  options: Partial<LogsOptions>,
  place: Partial<Terminal>,
  nowMs: () => number = () => 0,
) {
  stub = await startStub(answer)
  const written = { out: '', error: '' }
  const terminal: Terminal = {
    out: async (text) => {
      written.out += text
    },
    error: (text) => {
      written.error += text
    },
    outIsTerminal: true,
    errorIsTerminal: true,
    columns: 60,
    ...place,
  }
  const exitCode = await runLogs(
    undefined,
    { limit: '5000', output: 'default', color: true, address: stub.address, ...options },
    { terminal, signal: new AbortController().signal, nowMs },
  )
  return { exitCode, ...written }
}

const lines =
  (...texts: string[]): Parameters<typeof startStub>[0] =>
  (_parameters, response) => {
    response.end(`${texts.join('')}{"nextCursor":null}\n`)
  }
const ESCAPE = '\u001b'

describe('at a terminal', () => {
  it('levels and streams have colours; a stream has the same one in every line', async () => {
    const { out } = await run(
      lines(
        recordLine(1, { pod: 'a', severityNumber: 17, severityText: 'ERROR' }),
        recordLine(2, { pod: 'b', severityNumber: 13, severityText: 'WARN' }),
        recordLine(3, { pod: 'a', severityNumber: 0, severityText: '' }),
      ),
      {},
      {},
    )
    const [first, second, third] = out.split('\n')
    expect(first).toContain(`${ESCAPE}[31mERROR${ESCAPE}[0m`)
    expect(second).toContain(`${ESCAPE}[33mWARN ${ESCAPE}[0m`)
    expect(third).toContain(' -     ')
    const colorOf = (line: string | undefined): string => /\[(\d+)m[ab]/.exec(line!)![1]!
    expect(colorOf(first)).toBe(colorOf(third))
    expect(colorOf(first)).not.toBe(colorOf(second))
  })

  it('--no-color has none', async () => {
    const { out } = await run(lines(recordLine(1)), { color: false }, {})
    expect(out).toBe('2026-01-31T12:00:01.123Z INFO  shop line 1\n')
  })

  it('what a line would do to the terminal is shown, and not done', async () => {
    const { out } = await run(
      lines(recordLine(1, { body: `${ESCAPE}]0;title\u0007\r\u009b2Jx` })),
      { color: false },
      {},
    )
    expect(out).toContain('\\x1b]0;title\\x07\\x0d\\x9b2Jx')
  })

  it('a table fits its width', async () => {
    const { out } = await run(
      lines(recordLine(1, { body: 'x'.repeat(200) })),
      { output: 'table', color: false },
      {},
    )
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
    expect(out).toContain('x…')
  })
})

describe('progress', () => {
  /** A clock that goes on by 100 ms whenever it is looked at. */
  const clock = () => {
    let now = 0
    return () => {
      now += 100
      return now
    }
  }

  it('of a long fetch is told on stderr, and wiped away at the end', async () => {
    const { out, error } = await run(paged(4000), { output: 'raw' }, { outIsTerminal: false }, clock())
    expect(out.split('\n')).toHaveLength(4001)
    expect(error).toMatch(/\r.*\d+ lines, at 2026-01-31T12:00:\d\d\.123456789Z/)
    expect(error.endsWith(`\r${ESCAPE}[K`)).toBe(true)
  })

  it.each([
    ['lines go to the terminal', { outIsTerminal: true }, clock()],
    ['stderr is no terminal', { outIsTerminal: false, errorIsTerminal: false }, clock()],
    ['it is short', { outIsTerminal: false }, () => 0],
  ])('is silent where %s', async (_name, place, nowMs) => {
    expect((await run(paged(4000), { output: 'raw' }, place, nowMs)).error).toBe('')
  })
})
