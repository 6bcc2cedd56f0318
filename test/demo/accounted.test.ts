import { describe, expect, it } from 'vitest'
import { assertAccountedFor } from '../../demo/accounted.ts'
import type { Account } from '../../demo/ledger.ts'
import type { Stored } from '../../demo/readback.ts'
import { type PerSignal, perSignal } from '../../demo/signals.ts'

/** Guarantees: what is missing of any signal is told in a sentence with the numbers; what is accounted for passes. */

const WHERE = { grpc: '127.0.0.1:4317', api: 'http://127.0.0.1:3100', complaints: '', waitedMs: 20_000 }
const sent = perSignal(() => 10)
const account: Account = {
  received: 10,
  generated: 0,
  stored: 6,
  rejected: 1,
  dropped: new Map([
    ['filter/a', 2],
    ['filter/b', 1],
  ]),
}
const record = { timestamp: '', severityText: 'INFO', service: 'shop', body: '', attributes: {} }
const whole: Stored = {
  ledger: perSignal(() => account),
  records: Array.from({ length: 6 }, () => record),
  spans: 6,
  series: new Map([['shop.orders', [{ name: 'shop.orders', type: 'sum', unit: '' }]]]),
}

const check = (change: Partial<Stored>) => (): void =>
  assertAccountedFor({ ...whole, ...change }, sent, WHERE)
const ledgerWith = (signal: string, change: Partial<Account>): PerSignal<Account> => ({
  ...whole.ledger,
  [signal]: { ...account, ...change },
})

it('passes what is whole, and what others sent too', () => {
  expect(check({})).not.toThrow()
  expect(check({ ledger: ledgerWith('logs', { received: 15, stored: 11 }) })).not.toThrow()
})

describe.each([
  ['logs', 'log records'],
  ['traces', 'spans'],
  ['metrics', 'data points'],
])('%s', (signal, records) => {
  it('that did not arrive', () =>
    expect(check({ ledger: ledgerWith(signal, { received: 9, stored: 5 }) })).toThrow(
      `Of 10 ${records} that the shop sent to 127.0.0.1:4317 the gateway received 9.`,
    ))

  it.each([
    [{ stored: 5 }, 10, '5 stored, 3 dropped and 1 rejected'],
    [{ rejected: 0 }, 10, '6 stored, 3 dropped and 0 rejected'],
    [{ generated: 1 }, 11, '6 stored, 3 dropped and 1 rejected'],
    [{ dropped: new Map([['filter/a', 2]]) }, 10, '6 stored, 2 dropped and 1 rejected'],
  ])('that the ledger does not account for: %o', (change, all, sum) =>
    expect(check({ ledger: ledgerWith(signal, change) })).toThrow(
      `The ledger does not add up: of ${all} ${records} received or generated it has ${sum}.`,
    ),
  )
})

it.each([
  ['log records', { records: whole.records.slice(1) }],
  ['spans', { spans: 5 }],
])('%s that cannot be read', (records, change) =>
  expect(check(change)).toThrow(`Of 6 ${records} that the rules kept only 5 can be read after 20 s`),
)

it('data points without any series', () =>
  expect(check({ series: new Map([['shop.orders', []]]) })).toThrow(
    'The rules kept 6 data points, but no series of them can be read.',
  ))

it('asks for no series where the rules keep no point', () => {
  const ledger = ledgerWith('metrics', { stored: 0, dropped: new Map([['filter/a', 9]]) })
  expect(check({ ledger, series: new Map() })).not.toThrow()
})
