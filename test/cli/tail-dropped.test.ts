import type { AddressInfo } from 'node:net'
import { Command } from 'commander'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { EXIT } from '../../src/cli/exit-code.ts'
import { addTailCommand } from '../../src/cli/tail/command.ts'
import { runTail, type TailOptions } from '../../src/cli/tail/run.ts'

/** Scenario: a gateway whose live lines are marked with rules. Guarantees: the terminal shows the mark, or asks not to be sent them. */

const LINE = { timestamp: '2026-03-01T10:00:00.000Z', service: 'shop', lane: 'l' }
const FRAMES = [
  { type: 'hello', heartbeatMs: 10_000 },
  {
    type: 'lines',
    lines: [
      { ...LINE, body: 'kept', seq: '1' },
      { ...LINE, body: 'noise', seq: '2', droppedBy: 'filter/noisy\u001b[31m' },
    ],
  },
  { type: 'end', code: 1008, reason: 'That is all.' },
]

let server: WebSocketServer | undefined
afterEach(() => void server?.close())

/** What `weir tail` prints of the frames, and what it asks for. */
async function tailed(options: Partial<TailOptions>, outIsTerminal = false) {
  const asked: URLSearchParams[] = []
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise<void>((resolve) => server!.once('listening', resolve))
  server.on('connection', (socket, request) => {
    asked.push(new URL(request.url!, 'http://x').searchParams)
    for (const frame of FRAMES) socket.send(JSON.stringify(frame))
    socket.close(1008, 'That is all.')
  })
  let text = ''
  const terminal = {
    out: async (more: string) => {
      text += more
    },
    error: () => {},
    outIsTerminal,
    errorIsTerminal: false,
    columns: 120,
  }
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { signal } = new AbortController()
  const all = { output: 'default', color: false, address, ...options }
  const exit = await runTail('{app="shop"}', all, { terminal, signal, nowMs: Date.now })
  expect(exit).toBe(EXIT.refused)
  return { text, asked }
}

describe('weir tail and lines that a rule will drop', () => {
  it('shows them with the name of the rule', async () => {
    const { text, asked } = await tailed({}, true)
    expect(text.split('\n').map((line) => line.split('shop ')[1])).toEqual([
      'kept',
      'noise (dropped by filter/noisy\\x1b[31m)',
      undefined,
    ])
    expect(asked[0]!.has('dropped')).toBe(false)
  })

  it('prints the mark as JSON, and not with the raw line', async () => {
    const json = await tailed({ output: 'json' })
    expect(JSON.parse(json.text.split('\n')[1]!)).toMatchObject({
      body: 'noise',
      droppedBy: expect.any(String),
    })
    expect((await tailed({ output: 'raw' })).text).toBe('kept\nnoise\n')
  })

  it('asks not to be sent them with --hide-dropped', async () => {
    const { asked } = await tailed({ hideDropped: true })
    expect(asked[0]!.get('dropped')).toBe('hide')
    const program = new Command()
    addTailCommand(program)
    expect(program.commands[0]!.options.map(({ long }) => long)).toContain('--hide-dropped')
  })
})
