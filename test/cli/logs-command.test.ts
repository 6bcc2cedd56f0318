import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { startWeir, weir } from './support/command.ts'
import { type GatewayStub, paged, recordLine, startStub } from './support/gateway-stub.ts'

/** `weir logs` as a process: what it asks for, what it prints, how it ends. */

let stub: GatewayStub | undefined
afterEach(async () => {
  await stub?.stop()
  stub = undefined
})
async function start(answer: Parameters<typeof startStub>[0]): Promise<string> {
  stub = await startStub(answer)
  return stub.address
}

describe('a fetch', () => {
  it('prints its lines, and asks for no more than is there', async () => {
    const address = await start(paged(3))
    const { exitCode, out, error } = await weir(['logs', '{a="b"}', '--address', address])
    expect([exitCode, error]).toEqual([0, ''])
    expect(out).toBe([0, 1, 2].map((n) => `2026-01-31T12:00:0${n}.123Z INFO  shop line ${n}\n`).join(''))
    const { parameters, headers } = stub!.asked[0]!
    expect(Object.fromEntries(parameters)).toEqual({ query: '{a="b"}', direction: 'backward', limit: '100' })
    expect(headers.accept).toBe('application/x-ndjson')
    expect(headers.authorization).toBeUndefined()
  })

  it('beyond a page goes on with the cursor, to the limit and not past it', async () => {
    const address = await start(paged(5000))
    const { exitCode, out } = await weir([
      'logs',
      '--address',
      address,
      '--limit',
      '2500',
      '-o',
      'raw',
      '--forward',
    ])
    expect(exitCode).toBe(0)
    expect(out).toBe(Array.from({ length: 2500 }, (_, n) => `line ${n}\n`).join(''))
    expect(stub!.asked.map(({ parameters }) => [parameters.get('limit'), parameters.get('cursor')])).toEqual([
      ['1000', null],
      ['1000', '1000'],
      ['500', '2000'],
    ])
    expect(stub!.asked.every(({ parameters }) => parameters.get('direction') === 'forward')).toBe(true)
  })

  it('takes address, token and tenant from the environment, unless they are given', async () => {
    const address = await start(paged(1))
    const env = { WEIR_ADDR: address, WEIR_TOKEN: 'of-the-environment', WEIR_TENANT: 'acme' }
    expect((await weir(['logs'], env)).exitCode).toBe(0)
    expect((await weir(['logs', '--token', 'given', '--tenant', 'globex'], env)).exitCode).toBe(0)
    expect(stub!.asked.map(({ headers }) => [headers.authorization, headers['x-scope-orgid']])).toEqual([
      ['Bearer of-the-environment', 'acme'],
      ['Bearer given', 'globex'],
    ])
  })

  it('since is counted back from now; from and to are handed on', async () => {
    const address = await start(paged(0))
    const before = BigInt(Date.now()) * 1_000_000n
    await weir(['logs', '--address', address, '--since', '90m'])
    await weir([
      'logs',
      '--address',
      address,
      '--from',
      '2026-01-31T12:00:00Z',
      '--to',
      '1769864400000000000',
    ])
    const [since, range] = stub!.asked.map(({ parameters }) => parameters)
    const start_ = BigInt(since!.get('start')!) + 5400_000_000_000n
    expect(start_).toBeGreaterThanOrEqual(before)
    expect(start_).toBeLessThanOrEqual(BigInt(Date.now()) * 1_000_000n)
    expect(since!.get('end')).toBeNull()
    expect([range!.get('start'), range!.get('end')]).toEqual(['2026-01-31T12:00:00Z', '1769864400000000000'])
  })

  it('as json is what the API sent; a pipe gets no colours, and lines as they are', async () => {
    const odd = {
      body: '\u001b[31mred\u001b[0m\tand\nmore',
      severityNumber: 17,
      severityText: '',
      pod: 'p-1',
    }
    const address = await start((_parameters, response) => {
      response.end(`${recordLine(1, odd)}{"nextCursor":null}\n`)
    })
    expect((await weir(['logs', '--address', address, '-o', 'json'])).out).toBe(recordLine(1, odd))
    expect((await weir(['logs', '--address', address, '-o', 'raw'])).out).toBe(`${odd.body}\n`)
    expect((await weir(['logs', '--address', address])).out).toBe(
      `2026-01-31T12:00:01.123Z ERROR p-1 ${odd.body}\n`,
    )
  })

  it('as a table has a head, and a line for each record', async () => {
    const address = await start((_parameters, response) => {
      response.end(
        `${recordLine(1, { pod: 'pod-1', body: 'a\nb\u0007' })}${recordLine(2, { service: 'checkout' })}{"nextCursor":null}\n`,
      )
    })
    expect((await weir(['logs', '--address', address, '-o', 'table'])).out).toBe(
      [
        'TIME                      LEVEL  SERVICE   POD    LINE',
        '2026-01-31T12:00:01.123Z  INFO   shop      pod-1  a b\\x07',
        '2026-01-31T12:00:02.123Z  INFO   checkout         line 2',
        '',
      ].join('\n'),
    )
  })
})

describe('an end', () => {
  it.each([
    [['logs', '--limit', '0'], /--limit 0 is out of range/],
    [['logs', '--since', 'yesterday'], /--since yesterday is no duration/],
    [['logs', '--since', '1h', '--to', '5'], /--since stands alone/],
    [['logs', '--address', 'localhost:3100'], /--address localhost:3100 is no address/],
    [['logs', '-o', 'xml'], /Allowed choices are default, json, raw, table/],
    [['logs', 'a', 'b'], /too many arguments/],
  ])('%j: wrong, 1', async (words, says) => {
    const { exitCode, out, error } = await weir(words)
    expect([exitCode, out, error]).toEqual([1, '', expect.stringMatching(says)])
  })

  const refusal = (status: number, code: string) =>
    start((_parameters, response) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code, message: `It is ${code}.`, requestId: 'r-1' } }))
    })
  it.each([
    [400, 'invalid_query', 1],
    [401, 'unauthorized', 1],
    [403, 'forbidden', 1],
    [429, 'too_many_queries', 2],
    [503, 'database_unavailable', 2],
  ])('status %i %s: %i, in the gateway’s words', async (status, code, expected) => {
    const address = await refusal(status, code)
    const { exitCode, out, error } = await weir(['logs', '--address', address])
    expect([exitCode, out, error]).toEqual([expected, '', `${status}: It is ${code}. (request id r-1)\n`])
  })

  it('nobody there: 2', async () => {
    const address = await start(paged(0))
    await stub!.stop()
    stub = undefined
    const { exitCode, error } = await weir(['logs', '--address', address])
    expect([exitCode, error]).toEqual([
      2,
      expect.stringMatching(/does not answer \(ECONNREFUSED\): is the gateway running/),
    ])
  })

  it('something else there: 1', async () => {
    const address = await start((_parameters, response) => {
      response.writeHead(404).end('<html>not here</html>')
    })
    const { exitCode, error } = await weir(['logs', '--address', address])
    expect([exitCode, error]).toEqual([1, '404: that is no gateway of Weir.\n'])
  })

  it.each([
    [
      'an error after some lines',
      `${recordLine(1)}{"error":{"code":"query_timeout","message":"Too long.","requestId":"r-2"}}\n`,
      /^Too long\. \(request id r-2\)\n$/,
    ],
    ['a last line that is missing', recordLine(1), /^The answer was cut off/],
    ['half a line', `${recordLine(1)}{"timestamp":"20`, /no record/],
  ])('%s: 2, and what came is shown', async (_name, text, says) => {
    const address = await start((_parameters, response) => {
      response.end(text)
    })
    const { exitCode, out, error } = await weir(['logs', '--address', address, '-o', 'raw'])
    expect([exitCode, out, error]).toEqual([2, 'line 1\n', expect.stringMatching(says)])
  })

  it('a connection that breaks: 2', async () => {
    const address = await start((_parameters, response) => {
      response.write(recordLine(1), () => response.destroy())
    })
    const { exitCode, out, error } = await weir(['logs', '--address', address, '-o', 'raw'])
    expect([exitCode, out, error]).toEqual([2, 'line 1\n', expect.stringMatching(/cut off/)])
  })

  it('Ctrl-C: 130, at once and without a word', async () => {
    const { promise: hasLeft, resolve: left } = Promise.withResolvers<void>()
    const { promise: hasAsked, resolve: asks } = Promise.withResolvers<void>()
    const address = await start((_parameters, response) => {
      response.on('close', left)
      response.write(recordLine(1), () => asks())
    })
    const { child, done } = startWeir(['logs', '--address', address])
    await hasAsked
    child.kill('SIGINT')
    const { exitCode, error } = await done
    expect([exitCode, error]).toEqual([130, ''])
    await hasLeft
  })

  it('a reader that has enough, as head has: 0, and no more is asked for', async () => {
    const address = await start(paged(1_000_000))
    const { child, done } = startWeir(['logs', '--address', address, '--limit', '1000000'])
    await once(child.stdout!, 'data')
    child.stdout!.destroy()
    const { exitCode, error } = await done
    expect([exitCode, error]).toEqual([0, ''])
    expect(stub!.asked.length).toBeLessThan(1000)
  })
})
