import { afterAll, beforeAll, expect, it } from 'vitest'
import { RANGE, startWorld, TOKENS, type World } from '../query/loki/support/world.ts'
import { weir } from './support/command.ts'

/** `weir logs` against a whole gateway. */

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

const logs = (...words: string[]) =>
  weir(['logs', ...words, '--from', RANGE.start, '--to', RANGE.end, '--address', world.gateway.urls.api], {
    WEIR_TOKEN: TOKENS.acme,
  })

it('prints what a query keeps, as it left it', async () => {
  const query = '{service_name="checkout"} | json | status > 300 | line_format "{{.msg}} {{.user_id}}"'
  expect(await logs(query, '-o', 'raw')).toEqual({ exitCode: 0, out: 'declined 8\n', error: '' })
  const { out } = await logs('{service_name="cart"}', '--forward')
  expect(out.split('\n').map((line) => line.slice('2026-01-31T12:00:00.000Z '.length))).toEqual([
    'INFO  shop/cart-1 added by acme',
    'DEBUG shop/cart-1 emptied by acme',
    '',
  ])
})

it('without a query prints everything of its tenant', async () => {
  const { exitCode, out } = await logs('-o', 'json')
  const records = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { body: string })
  expect([exitCode, records.length]).toEqual([0, 7])
  expect(records.every(({ body }) => body.includes('acme'))).toBe(true)
})

it('a wrong query and another’s tenant are refused in words', async () => {
  const wrong = await logs('{service_name="cart"')
  expect([wrong.exitCode, wrong.error]).toEqual([
    1,
    expect.stringMatching(/^400: parse error at line 1, col 21: /),
  ])
  const foreign = await logs('--tenant', 'globex')
  expect([foreign.exitCode, foreign.error]).toEqual([
    1,
    expect.stringContaining('may not read the tenant "globex"'),
  ])
})
