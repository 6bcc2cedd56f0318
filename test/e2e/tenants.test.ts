import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeLogsRequest, stringAttributes } from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metricsOf, totalOf } from './support/metrics.ts'
import { openSenders, type Senders, TAKEN, TRANSPORTS, type Transport } from './support/senders.ts'

/**
 * Scenario: two tenants with a token each, and a collector that is trusted to name tenants. Guarantees: every row
 * belongs to whom the rules say, and nobody reads, counts or pages through anything of another tenant.
 */

const TOKENS = {
  acme: 'acme-0123456789abcdef',
  globex: 'globex-0123456789abcd',
  collector: 'collector-0123456789ab',
  operator: 'operator-0123456789abc',
}
type Who = keyof typeof TOKENS

let gateway: TestGateway
let senders: Senders
/** Body to tenant: what must be stored. */
const owners = new Map<string, string>()

beforeAll(async () => {
  gateway = await startTestGateway(`
tenancy: multi
credentials:
  - {name: acme, token: ${TOKENS.acme}, tenants: [acme], scopes: [write, read]}
  - {name: globex, token: ${TOKENS.globex}, tenants: [globex], scopes: [write, read]}
  - {name: collector, token: ${TOKENS.collector}, tenants: [acme, globex], scopes: [write, assign-tenant]}
  - {name: operator, token: ${TOKENS.operator}, tenants: '*', scopes: [read]}
`)
  senders = openSenders(gateway.urls)
})
afterAll(() => {
  senders.close()
  return gateway.stop()
})

type Sent = { readonly claim?: string; readonly bodies: ReadonlyArray<string> }

/** One resource each, with its claim if there is one. */
function write(transport: Transport, who: Who, resources: ReadonlyArray<Sent>, header?: string) {
  const now = BigInt(Date.now()) * 1_000_000n
  const body = encodeLogsRequest({
    resourceLogs: resources.map(({ claim, bodies }) => ({
      resource: {
        attributes: stringAttributes({
          'service.name': 'shop',
          ...(claim === undefined ? {} : { 'loco.workspace.id': claim }),
        }),
      },
      scopeLogs: [
        {
          logRecords: bodies.map((stringValue, i) => ({
            timeUnixNano: now + BigInt(i),
            body: { stringValue },
          })),
        },
      ],
    })),
  })
  const headers = {
    authorization: `Bearer ${TOKENS[who]}`,
    ...(header === undefined ? {} : { 'x-scope-orgid': header }),
  }
  return senders.send(transport, body, { headers })
}

type Page = {
  records: Array<{ body: string; resource: { attributes: Record<string, unknown> } }>
  nextCursor: string | null
}

async function read(who: Who, query: string, header?: string): Promise<{ status: number; page: Page }> {
  const response = await fetch(`${gateway.urls.api}/api/v1/logs?${query}`, {
    headers: {
      authorization: `Bearer ${TOKENS[who]}`,
      ...(header === undefined ? {} : { 'x-scope-orgid': header }),
    },
  })
  return { status: response.status, page: (await response.json()) as Page }
}

const bodiesOf = ({ records }: Page): string[] => records.map(({ body }) => body).sort()
const own = (tenant: string): string[] =>
  [...owners]
    .filter(([, owner]) => owner === tenant)
    .map(([body]) => body)
    .sort()

describe.each(TRANSPORTS.map((transport) => [transport] as const))('writes over %s', (transport) => {
  const named = (name: string): string => `${name} by ${transport}`

  it('a token with one tenant writes to it, whatever its resources claim', async () => {
    for (const who of ['acme', 'globex'] as const) {
      const forged = who === 'acme' ? 'globex' : 'acme'
      const bodies = [named(`${who} plain`), named(`${who} forging`)] as const
      const verdict = await write(transport, who, [
        { bodies: [bodies[0]] },
        { claim: forged, bodies: [bodies[1]] },
      ])
      expect(verdict).toMatchObject({ status: TAKEN[transport], rejected: 0 })
      for (const body of bodies) owners.set(body, who)
    }
  })

  it('a header with another tenant is refused', async () => {
    const verdict = await write(transport, 'acme', [{ bodies: ['by header'] }], 'globex')
    expect(verdict).toMatchObject({ status: transport === 'grpc' ? 7 : 403, retryDelayMs: undefined })
    expect(verdict.message).toMatch(/may not write to the tenant of X-Scope-OrgID/)
  })

  it('a trusted collector names a tenant for each resource, of those that it may', async () => {
    const verdict = await write(transport, 'collector', [
      { claim: 'acme', bodies: [named('collected for acme')] },
      { claim: 'globex', bodies: [named('collected for globex'), named('and again for globex')] },
      { claim: 'initech', bodies: ['nobody 1', 'nobody 2'] },
      { bodies: ['nobody 3'] },
    ])
    expect(verdict).toMatchObject({ status: TAKEN[transport], rejected: 3 })
    expect(verdict.partialMessage).toMatch(/2: the credential may not write to this tenant/)
    expect(verdict.partialMessage).toMatch(/1: no tenant: send the header X-Scope-OrgID/)
    owners.set(named('collected for acme'), 'acme')
    owners.set(named('collected for globex'), 'globex')
    owners.set(named('and again for globex'), 'globex')
  })
})

describe('reads', () => {
  it.each(['acme', 'globex'] as const)('%s sees all of its own and nothing else', async (who) => {
    await expect
      .poll(async () => bodiesOf((await read(who, 'limit=100')).page), { timeout: 20_000 })
      .toEqual(own(who))
    // Values that only the other tenant's rows have.
    const other = who === 'acme' ? 'globex' : 'acme'
    const { page } = await read(who, `limit=100&text=${encodeURIComponent(`collected for ${other}`)}`)
    expect(page).toEqual({ records: [], nextCursor: null })
  })

  it('a claim is stripped from whom it is not believed, and stays with whom it is', async () => {
    const { page } = await read('acme', 'limit=100')
    for (const { body, resource } of page.records)
      expect(resource.attributes['loco.workspace.id'], body).toBe(
        body.startsWith('collected') ? 'acme' : undefined,
      )
  })

  it('a page ends where the tenant ends, and its cursor is worth nothing to another', async () => {
    const first = await read('acme', 'limit=2&direction=forward')
    expect(first.page.records).toHaveLength(2)
    const cursor = first.page.nextCursor!
    const stolen = await read('globex', `limit=2&direction=forward&cursor=${cursor}`)
    expect(stolen).toMatchObject({ status: 400, page: { error: { code: 'invalid_cursor' } } })
    const rest = await read('acme', `limit=100&direction=forward&cursor=${cursor}`)
    expect([...first.page.records, ...rest.page.records].map(({ body }) => body).sort()).toEqual(own('acme'))
  })

  it.each([
    ['another tenant by header', 'acme', 'globex', 403],
    ['a token without scope read', 'collector', 'acme', 403],
    ['no tenant named', 'operator', undefined, 401],
  ] as const)('%s is refused', async (_, who, header, status) => {
    expect((await read(who, 'limit=1', header)).status).toBe(status)
  })

  it('an operator reads the tenant that it names', async () => {
    for (const tenant of ['acme', 'globex'])
      expect(bodiesOf((await read('operator', 'limit=100', tenant)).page)).toEqual(own(tenant))
  })

  it("figures of all tenants are the operator's alone", async () => {
    const as = (who: Who) => ({ authorization: `Bearer ${TOKENS[who]}` })
    await expect(metricsOf(gateway.urls.api, as('acme'))).rejects.toThrow(/403/)
    const samples = await metricsOf(gateway.urls.api, as('operator'))
    expect(samples.get('weir_records_stored_total{signal="logs"}')).toBe(owners.size)
    expect(totalOf(samples, 'weir_records_rejected_total')).toBe(6)
  })
})

it('every row is stored under its tenant', async () => {
  await gateway.readBack(async (database) => {
    const rows = await database.rows<{ TenantId: string; Body: string }>('SELECT TenantId, Body FROM logs')
    expect(rows).toHaveLength(owners.size)
    expect(new Map(rows.map(({ TenantId, Body }) => [Body, TenantId]))).toEqual(owners)
    const ledger = await database.rows<{ TenantId: string; stored: number }>(
      "SELECT TenantId, toUInt32(sum(Records)) AS stored FROM ledger WHERE Kind = 'stored' GROUP BY TenantId ORDER BY TenantId",
    )
    expect(ledger).toEqual(['acme', 'globex'].map((TenantId) => ({ TenantId, stored: own(TenantId).length })))
  })
})
