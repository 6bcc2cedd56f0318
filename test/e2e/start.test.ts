import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway } from '../support/gateway.ts'
import { requestOfBodies } from './support/records.ts'
import { openSenders, TAKEN, TRANSPORTS } from './support/senders.ts'
import { runWeir } from './support/weir-process.ts'

/** Guarantees: what must not start says why, where and the cure, and ends with 1; what may start does. */

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-start-'))
})
afterAll(() => rm(folder, { recursive: true }))

const BAD = `listen: {grpc: 127.0.0.1:0, htpp: 127.0.0.1:0}
retention:
  policies: [{tenant: a, days: soon}]
processors:
  filter/noise:
    logs:
      log_record: ['severity_number <']
`

test.each(['serve', 'check'])('%s: all that is wrong with a config, each with its place', async (command) => {
  const file = join(folder, 'bad.yaml')
  await writeFile(file, BAD)
  const { code, out, err } = await runWeir([command, '--config', file])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err.trimEnd().split('\n')).toEqual([
    `${file}:1:29: listen.htpp: unknown key; did you mean listen.http?`,
    `${file}:3:26: retention.policies[0].days: got "soon", expected a whole number from 1 to 3650`,
    `${file}:7:20: processors["filter/noise"].logs.log_record[0]: line 1, column 18: ` +
      'expected a path, a literal, a function or a parenthesis, but the condition ends here',
    '3 errors; nothing was started.',
  ])
})

test('a second gateway on the same data directory is refused, and the first goes on', async () => {
  const first = await startTestGateway()
  const file = join(folder, 'second.yaml')
  await writeFile(
    file,
    `dataDir: ${first.dataDir}\nlisten: {grpc: 127.0.0.1:0, http: 127.0.0.1:0, api: 127.0.0.1:0}\n`,
  )
  const { code, out, err } = await runWeir(['serve', '--config', file])
  expect({ code, err }).toEqual({ code: 1, err: '' })
  const lines = out.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: 'fatal',
      msg:
        `can not start: The data directory ${first.dataDir} is in use by another running gateway: ` +
        'stop that one, or give this one a directory of its own (WEIR_DATA_DIR).',
    }),
  ])
  const senders = openSenders(first.urls)
  for (const transport of TRANSPORTS) {
    const { status } = await senders.send(transport, requestOfBodies([`over ${transport}`]))
    expect(status).toBe(TAKEN[transport])
  }
  senders.close()
  await first.readBack(async (database) => {
    const rows = await database.rows<{ Body: string }>('SELECT Body FROM logs ORDER BY Body')
    expect(rows.map(({ Body }) => Body)).toEqual(['over grpc', 'over http'])
  })
})

describe('a listener that others can reach', () => {
  const OPEN = 'grpc: 0.0.0.0:0, http: 0.0.0.0:0, api: 127.0.0.1:0'

  test('does not start without credentials', async () => {
    await expect(startTestGateway(`listen: {${OPEN}}\n`)).rejects.toThrow(
      '0.0.0.0:0, 0.0.0.0:0: everyone on the network could write and read without a credential. ' +
        'Add credentials, listen on 127.0.0.1, or set listen.insecure: true if something else guards the way.',
    )
  })

  test('starts on the word of its operator', async () => {
    const { urls, stop } = await startTestGateway(`listen: {${OPEN}, insecure: true}\n`)
    const senders = openSenders(urls)
    for (const transport of TRANSPORTS) {
      const { status } = await senders.send(transport, requestOfBodies([transport]))
      expect(status).toBe(TAKEN[transport])
    }
    senders.close()
    await stop()
  })

  test('starts with credentials, and takes nothing without one', async () => {
    const { urls, readBack } = await startTestGateway(`listen: {${OPEN}}
credentials:
  - {name: collector, token: collector-0123456789, scopes: [write]}
  - {name: grafana, token: grafana-0123456789, scopes: [read]}
`)
    const senders = openSenders(urls)
    const refused = { unauthorized: { grpc: 16, http: 401 }, forbidden: { grpc: 7, http: 403 } }
    for (const transport of TRANSPORTS) {
      const as = async (token?: string) =>
        senders.send(transport, requestOfBodies([`${transport} as ${token}`]), {
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        })
      for (const token of [undefined, 'somebody-0123456789']) {
        const verdict = await as(token)
        expect(verdict).toMatchObject({ status: refused.unauthorized[transport], retryDelayMs: undefined })
        expect(verdict.message).toMatch(/token/i)
        expect(verdict.message).not.toContain('0123456789')
      }
      expect(await as('grafana-0123456789')).toMatchObject({ status: refused.forbidden[transport] })
      expect(await as('collector-0123456789')).toMatchObject({ status: TAKEN[transport] })
    }
    senders.close()
    await readBack(async (database) => {
      const rows = await database.rows<{ Body: string }>('SELECT Body FROM logs ORDER BY Body')
      expect(rows.map(({ Body }) => Body)).toEqual([
        'grpc as collector-0123456789',
        'http as collector-0123456789',
      ])
    })
  })
})
