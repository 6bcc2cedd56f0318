import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { weir } from '../cli/support/command.ts'
import { encodeLogsRequest } from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

/**
 * Scenario: an operator asks a gateway of two tenants what its rules do, from a terminal. Guarantees: `weir rules`, `weir rules
 * try` and `weir check --against` say it in words; who may reload and see the config; a tenant sees its own only.
 */

const TOKENS = {
  operator: 'operator-0123456789abcd',
  reader: 'reader-0123456789abcdef',
  acme: 'acme-0123456789abcdefgh',
}
const accessOf = (): string => `
tenancy: multi
credentials:
  - { name: operator, token: ${TOKENS.operator}, scopes: [read, write, admin], tenants: "*" }
  - { name: reader, token: ${TOKENS.reader}, scopes: [read], tenants: "*" }
  - { name: acme, token: ${TOKENS.acme}, scopes: [read, write, admin], tenants: [acme] }
`
const processorsOf = (dryRun: boolean): string => `
processors:
  filter/debug: { logs: { log_record: [severity_number < 9] } }
  filter/dry: { dryRun: ${dryRun}, logs: { log_record: ['body == "dry"'] } }
  redact: {}
`
const folder = mkdtempSync(join(tmpdir(), 'weir-rules-'))
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway(accessOf() + processorsOf(true))
  for (const tenant of ['acme', 'globex']) {
    const logRecords = [
      { severityNumber: 5, body: { stringValue: `of ${tenant}: ada@example.com` } },
      { severityNumber: 9, body: { stringValue: 'dry' } },
      { severityNumber: 9, body: { stringValue: 'kept' } },
      { severityNumber: 9, body: { stringValue: 'kept' } },
    ]
    await fetch(`${gateway.urls.http}/v1/logs`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf',
        authorization: `Bearer ${TOKENS.operator}`,
        'x-scope-orgid': tenant,
      },
      body: new Uint8Array(encodeLogsRequest({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })),
    })
  }
})
afterAll(async () => {
  await gateway.stop()
  rmSync(folder, { recursive: true })
})

const run = (words: string[], token: string = TOKENS.acme) =>
  weir([...words, '--address', gateway.urls.api], { WEIR_TOKEN: token })

const lines = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '))

it('weir rules shows what each rule removed of the tenant, with samples that are masked', async () => {
  await expect.poll(async () => (await run(['rules'])).out, { timeout: 20_000 }).toContain('logs 4 (')
  const { exitCode, out } = await run(['rules', '--since', '1h', '--samples'])
  expect(exitCode).toBe(0)
  expect(lines(out)).toEqual([
    expect.stringMatching(/^Received since .*Z: logs 4 \(\d+ B\)$/),
    'RULE SIGNAL RECORDS SHARE BYTES SHARE CONDITION',
    expect.stringMatching(
      /^filter\/debug logs\.log_record\[0\] logs 1 25\.0 % \d+ B \d+\.\d % severity_number < 9$/,
    ),
    ' of acme: ***',
    expect.stringMatching(/^filter\/dry logs\.log_record\[0\] logs 1 25\.0 % .* dry run body == "dry"$/),
    ' dry',
    ...lines(out).filter((line) => line.startsWith('redact ')),
  ])
  expect(lines(out).some((line) => line.startsWith('redact email'))).toBe(true)
  expect(JSON.parse((await run(['rules', '-o', 'json'])).out)).toMatchObject({ rules: expect.any(Array) })
})

it('weir rules try tries a file, or a processor in force', async () => {
  const file = join(folder, 'kept.yaml')
  writeFileSync(file, `filter/kept: { logs: { log_record: ['body == "kept"'] } }\n`)
  await expect
    .poll(async () => (await run(['rules', 'try', file])).out, { timeout: 20_000 })
    .toContain('logs 3 (')
  const { out } = await run(['rules', 'try', file, '--since', '1h'])
  expect(lines(out)).toEqual([
    expect.stringMatching(/^Looked at logs 3 \(\d+ B\)$/),
    expect.stringContaining('RULE'),
    expect.stringMatching(/^filter\/kept logs\.log_record\[0\] logs 2 66\.7 % .* body == "kept"$/),
    ' kept',
    ' kept',
  ])
  expect((await run(['rules', 'try', 'filter/dry'])).out).toContain('33.3 %')
  expect(await run(['rules', 'try', 'filter/dri'])).toMatchObject({
    exitCode: 1,
    error: expect.stringContaining('there are filter/debug, filter/dry, redact'),
  })
  expect(await run(['rules', 'try', join(folder, 'none.yaml')])).toMatchObject({
    exitCode: 1,
    error: expect.stringContaining('There is no file'),
  })
  writeFileSync(file, 'filter/kept: { logs: { log_record: [bodi == 1] } }\n')
  expect((await run(['rules', 'try', file])).error).toContain('line 1, column 37: ')
  writeFileSync(file, `filter/all: { logs: { log_record: ['true'] } }\n`)
  expect(lines((await run(['rules', 'try', file])).out)[0]).toMatch(
    /^warning: .*log_record\[0\]: is true for every record: it drops all logs$/,
  )
  writeFileSync(file, ' \n')
  expect(await run(['rules', 'try', file])).toMatchObject({ exitCode: 1, error: `${file} is empty.\n` })
  expect(await run(['rules', 'try', folder])).toMatchObject({ exitCode: 1, error: `${folder} is no file.\n` })
})

it.each([
  ['body == "kept"', 'filter/try logs.log_record[0] logs 2 66.7 %'],
  ['IsMatch(log.body, "^ke")', 'filter/try log_conditions[0] logs 2 66.7 %'],
  ['span.name == "kept"', 'filter/try trace_conditions[0] 0 0 matched'],
  ['IsMatch(metric.name, "^ke")', 'filter/try metric_conditions[0] 0 0 matched'],
])('weir rules try tries a condition: %s', async (condition, row) => {
  const { exitCode, out } = await run(['rules', 'try', condition])
  expect([exitCode, lines(out).some((line) => line.startsWith(row)) || out]).toEqual([0, true])
})

it('weir check --against explains what a config would change', async () => {
  const file = join(folder, 'next.yaml')
  writeFileSync(
    file,
    `listen: {grpc: 127.0.0.1:0, http: 127.0.0.1:0, api: 127.0.0.1:0}\ninserter: {groupAgeMs: 50, thinGroupAgeMs: 60}\ndataDir: ${gateway.dataDir}\n${accessOf()}` +
      `processors:\n  select_logs: {}\n  filter/debug: { logs: { log_record: [severity_number < 9, 'body == "x"', 'true'] } }\n`,
  )
  const { exitCode, error, out } = await weir(['check', '-c', file, '--against', gateway.urls.api], {
    WEIR_TOKEN: TOKENS.operator,
  })
  expect(error).toMatch(/^warning: processors\["filter\/debug"\]\.logs\.log_record\[2\]: .*drops all logs$/m)
  expect(exitCode).toBe(0)
  expect(out.slice(out.indexOf('Against'))).toBe(
    [
      expect.stringMatching(/./),
      '  + select_logs',
      '  - filter/dry',
      '  - redact',
      '  ~ filter/debug',
      '      + logs.log_record[1]: "body == \\"x\\""',
      '      + logs.log_record[2]: "true"',
      '  needs a restart, a reload leaves it: inserter.thinGroupAgeMs',
      '',
    ]
      .map((line) => (typeof line === 'string' ? line : out.slice(out.indexOf('Against')).split('\n')[0]))
      .join('\n'),
  )
})

it('only the scope admin for all tenants reloads, and no cookie; the config is for operators', async () => {
  const status = async (path: string, method: string, headers: Record<string, string>): Promise<number> =>
    (await fetch(`${gateway.urls.api}${path}`, { method, headers })).status
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const reload = '/api/v1/config/reload'
  expect(await status(reload, 'POST', {})).toBe(401)
  expect(await status(reload, 'POST', bearer(TOKENS.reader))).toBe(403)
  expect(await status(reload, 'POST', bearer(TOKENS.acme))).toBe(403)
  expect(await status(reload, 'GET', bearer(TOKENS.operator))).toBe(405)
  expect(await status(reload, 'POST', { ...bearer(TOKENS.operator), origin: 'https://evil.example' })).toBe(
    403,
  )
  expect(await status(reload, 'POST', bearer(TOKENS.operator))).toBe(200)
  for (const path of ['/api/v1/config', '/api/v1/config/versions']) {
    expect(await status(path, 'GET', bearer(TOKENS.acme))).toBe(403)
    const answer = await fetch(`${gateway.urls.api}${path}`, { headers: bearer(TOKENS.reader) })
    expect(answer.status).toBe(200)
    const text = await answer.text()
    for (const token of Object.values(TOKENS)) expect(text).not.toContain(token)
  }
})

it('a tenant sees no counts of others, and no condition that had nothing to do with it', async () => {
  gateway.rewrite(
    `${accessOf() + processorsOf(true)}  filter/other: { logs: { log_record: ['body == "never"'] } }\n`,
  )
  gateway.gateway.reload('test')
  const { rules } = JSON.parse((await run(['rules', '-o', 'json'])).out) as {
    rules: { processor: string; condition?: string; matched?: number }[]
  }
  expect(rules.map(({ processor, condition }) => [processor, condition]).slice(0, 2)).toEqual([
    ['filter/debug', 'severity_number < 9'],
    ['filter/dry', 'body == "dry"'],
  ])
  expect(rules.find(({ processor }) => processor === 'filter/other')).not.toHaveProperty('condition')
  expect(rules.every((rule) => !('matched' in rule))).toBe(true)
})
