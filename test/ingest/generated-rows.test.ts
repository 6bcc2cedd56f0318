import { describe, expect, test } from 'vitest'
import { GeneratedRows } from '../../src/ingest/generated-rows.ts'
import { createPipeline } from '../../src/ingest/pipeline.ts'
import { type Batch, KEPT } from '../../src/otlp/batch.ts'
import { encodeRequest } from '../../src/otlp/encode/request.ts'
import { Outcomes } from '../../src/otlp/outcomes.ts'
import { LivePipeline } from '../../src/processors/live-pipeline.ts'
import { buildPipeline } from '../../src/processors/pipeline.ts'
import type { Deps, Processor } from '../../src/processors/processor.ts'
import type { Store } from '../../src/store/store.ts'
import { SINGLE_TENANT } from '../../src/tenancy/caller.ts'
import { encodeLogsRequest, type LogsRequest } from '../otlp/proto.ts'
import { testDeps } from '../processors/kit.ts'
import { FaultyDisk } from '../store/support/faulty-disk.ts'
import { database, directory, storedBodies, useRealStore } from '../store/support/real-store.ts'
import { type HarnessOptions, LIMITS, request, StoreHarness } from '../store/support/store-harness.ts'

/**
 * Scenario: a processor that drops and generates, over a real spool and a real ClickHouse. Guarantees: what is generated within a
 * batch is in the batch's commit or refused with it, and the ledger in ClickHouse balances whatever became of the commits.
 */

useRealStore()

function logOf(body: string): Buffer {
  const timeUnixNano = `${BigInt(Date.now()) * 1_000_000n}`
  return encodeRequest('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano, body: { stringValue: body } }] }] }],
  })
}

/** Keeps the first record of a batch, drops the others, and says how many in a record of its own. */
class Summing implements Processor {
  readonly name = 'summing'
  readonly signals = new Set(['logs'] as const)
  readonly said: string[] = []
  /** The commit of each batch, and that of what was generated for it. */
  readonly commits: [number, number][] = []
  readonly heard: string[] = []
  readonly #deps: Deps
  readonly #prefix: string

  constructor(deps: Deps, prefix: string) {
    this.#deps = deps
    this.#prefix = prefix
  }

  process(batch: Batch, commit: number): void {
    const outcome = this.#deps.outcomes.register({ kind: 'dropped', reason: this.name, sentence: '' })
    for (let i = 1; i < batch.records.count; i++) if (batch.verdicts[i] === KEPT) batch.verdicts[i] = outcome
    const body = `${this.#prefix} sum ${this.said.length} of ${batch.records.count - 1}`
    const generated = this.#deps.generate({ signal: 'logs', tenantId: 'sums', request: logOf(body) })
    if (generated === undefined) return
    this.said.push(body)
    this.commits.push([commit, generated.commit])
  }

  committed(commit: number): void {
    this.heard.push(`committed ${commit}`)
  }

  refused(commit: number): void {
    this.heard.push(`refused ${commit}`)
  }
}

type World = {
  readonly harness: StoreHarness
  readonly rules: LivePipeline
  readonly summing: Summing
  readonly deps: Deps
  readonly generated: GeneratedRows
  /** The commits that the requests joined. */
  readonly joined: number[]
  send(request: LogsRequest): Promise<unknown>
}

async function open(prefix: string, options: Partial<HarnessOptions> = {}): Promise<World> {
  const harness = await StoreHarness.open({ directory, database, gatewayId: prefix, ...options })
  const { store } = harness
  const outcomes = harness.outcomes
  const generated = new GeneratedRows({ outcomes, limits: LIMITS, nowMs: Date.now })
  const deps: Deps = { ...testDeps(), outcomes, generate: generated.generate }
  let summing: Summing | undefined
  const build = (own: Deps): Summing => {
    summing = new Summing(own, prefix)
    return summing
  }
  const plan = { processors: [{ name: 'summing', warnings: [], build }], warnings: [] }
  const rules = new LivePipeline(buildPipeline(plan, deps), deps.series)
  store.onCommit((commit, durable) => rules.ended(commit, durable))
  generated.attach(store, rules)
  const joined: number[] = []
  const watched: Store = {
    repeated: (hash) => store.repeated(hash),
    admit: () => store.admit(),
    get openCommit() {
      return store.openCommit
    },
    append(batch, meta) {
      joined.push(store.openCommit)
      return store.append(batch, meta)
    },
    appendGenerated: (batch, receivedMs) => store.appendGenerated(batch, receivedMs),
    onCommit: (listener) => store.onCommit(listener),
    onSeal: (notes) => store.onSeal(notes),
    notesOf: (name) => store.notesOf(name),
    observe: (signal, observer) => store.observe(signal, observer),
  }
  const handler = createPipeline({
    ...{ store: watched, rules, outcomes, limits: LIMITS, nowMs: Date.now },
    tenancy: {
      assignTenants: (batch) => {
        batch.tenants.length = 0
        batch.tenants.push(SINGLE_TENANT)
      },
      identity: () => SINGLE_TENANT,
    },
    events: { repeated: () => undefined, invalidUtf8: () => undefined },
  })
  const send = (one: LogsRequest): Promise<unknown> =>
    handler({
      transport: 'http',
      signal: 'logs',
      body: encodeLogsRequest(one),
      caller: { name: 'test', tenants: '*', scopes: new Set(['write']) },
      tenantHeader: undefined,
      span: undefined,
    })
  return { harness, rules, summing: summing!, deps, generated, joined, send }
}

/** The sums of a gateway's ledger in ClickHouse: tenant, kind, records. */
async function ledgerOf(gatewayId: string): Promise<Record<string, number>> {
  const rows = await database.rows<{ of: string; records: number }>(
    "SELECT TenantId || ' ' || Kind AS of, toUInt32(sum(Records)) AS records FROM ledger WHERE GatewayId = {id:String} GROUP BY of",
    { id: gatewayId },
  )
  return Object.fromEntries(rows.map(({ of, records }) => [of, records]))
}

describe('within a batch', () => {
  test.each([1, 16 << 20])(
    'it joins the commit of the batch (commits are sealed at %i bytes)',
    async (commitBytesMax) => {
      const prefix = `within${commitBytesMax}`
      const world = await open(prefix, { spool: { commitBytesMax } })
      await Promise.all(Array.from({ length: 30 }, () => world.send(request(prefix, 4))))
      world.harness.store.start()
      await world.harness.stop()
      const { commits, heard, said } = world.summing
      expect(said).toHaveLength(30)
      expect(commits).toEqual(world.joined.map((commit) => [commit, commit]))
      const numbers = [...new Set(commits.map(([commit]) => commit))]
      expect(heard).toEqual(numbers.map((commit) => `committed ${commit}`))
      const bodies = await storedBodies(prefix)
      expect(bodies.filter((body) => body.includes(' sum '))).toEqual(said)
      expect(bodies).toHaveLength(60)
      expect(await ledgerOf(prefix)).toEqual({
        'default received': 120,
        'default stored': 30,
        'default dropped': 90,
        'sums generated': 30,
        'sums stored': 30,
      })
    },
  )

  test('a refused commit takes it along, and the request that is sent again makes it anew', async () => {
    const disk = new FaultyDisk()
    const world = await open('refused', { disk })
    disk.faults.push({ path: 'segments', operation: 'sync', code: 'EIO' })
    const one = request('refused', 3)
    await expect(world.send(one)).rejects.toThrow('send it again')
    await world.send(one)
    world.harness.store.start()
    await world.harness.stop()
    const [[first], [second]] = world.summing.commits as [[number, number], [number, number]]
    expect(world.summing.heard).toEqual([`refused ${first}`, `committed ${second}`])
    expect((await storedBodies('refused')).filter((body) => body.includes(' sum '))).toEqual([
      'refused sum 1 of 2',
    ])
    expect(await ledgerOf('refused')).toMatchObject({
      'sums generated': 1,
      'default received': 3,
      'default dropped': 2,
    })
  })

  test('the rules are not asked in the middle of a batch', async () => {
    const { generated } = await open('middle')
    generated.attach(
      { admit: () => undefined, openCommit: 1, gatewayId: '', appendGenerated: () => Promise.resolve() },
      { processing: true, process: () => undefined, count: () => undefined },
    )
    const nested = { signal: 'logs', tenantId: 'a', request: logOf('x'), rules: 'all' } as const
    expect(() => generated.generate(nested)).toThrow('in the middle of a batch')
  })
})

describe('from a timer', () => {
  test('it makes a commit of its own', async () => {
    const { harness, deps } = await open('timer')
    const made = [0, 1, 2].map((i) =>
      deps.generate({ signal: 'logs', tenantId: 'a', request: logOf(`timer ${i}`) }),
    )
    await Promise.all(made.map((one) => one!.durable))
    harness.store.start()
    await harness.stop()
    expect(await storedBodies('timer')).toEqual(['timer 0', 'timer 1', 'timer 2'])
    expect(await ledgerOf('timer')).toEqual({ 'a generated': 3, 'a stored': 3 })
  })

  test('what was open when the gateway stops is committed', async () => {
    const { harness, deps } = await open('stopped', { spool: { commitIntervalMs: 60_000 } })
    deps.generate({ signal: 'logs', tenantId: 'a', request: logOf('stopped 1') })
    harness.store.start()
    await harness.stop()
    expect(await storedBodies('stopped')).toEqual(['stopped 1'])
  })

  test('who waits for it hears that its commit was refused', async () => {
    const disk = new FaultyDisk()
    const { harness, deps } = await open('lost', { disk })
    disk.faults.push({ path: 'segments', operation: 'sync', code: 'EIO' })
    const made = deps.generate({ signal: 'logs', tenantId: 'a', request: logOf('lost 1') })
    await expect(made!.durable).rejects.toMatchObject({ reason: 'commit_failed' })
    harness.store.start()
    await harness.stop()
    expect(await storedBodies('lost')).toEqual([])
    expect(await ledgerOf('lost')).toEqual({})
  })

  test('with rules it is dropped and counted as what is received is; without, no rule sees it', async () => {
    const { harness, deps, summing } = await open('ruled')
    const two = encodeLogsRequest(request('ruled', 2))
    const results = [{ rules: 'all' } as const, {}].map((rules) =>
      deps.generate({ signal: 'logs', tenantId: 'a', request: two, ...rules }),
    )
    await Promise.all(results.map((one) => one!.durable))
    harness.store.start()
    await harness.stop()
    expect(summing.commits).toHaveLength(1)
    expect(await ledgerOf('ruled')).toEqual({
      'a generated': 4,
      'a stored': 3,
      'a dropped': 1,
      'sums generated': 1,
      'sums stored': 1,
    })
  })
})

test('points are counted as active series, whether a rule saw them or not', async () => {
  const { harness, deps, rules } = await open('points')
  const pointOf = (name: string): Buffer =>
    encodeRequest('metrics', {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name, gauge: { dataPoints: [{ timeUnixNano: `${Date.now()}000000`, asDouble: 1.5 }] } },
              ],
            },
          ],
        },
      ],
    })
  deps.generate({ signal: 'metrics', tenantId: 'a', request: pointOf('plain') })
  deps.generate({ signal: 'metrics', tenantId: 'a', request: pointOf('ruled'), rules: 'all' })
  expect(deps.series.top('a', 5).map(({ metric }) => metric)).toEqual(['plain', 'ruled'])
  expect(rules.processing).toBe(false)
  await harness.stopNow()
})

test('refused at once before the store is open, when it is full, and when it stops', async () => {
  const early = new GeneratedRows({ outcomes: new Outcomes(), limits: LIMITS, nowMs: Date.now })
  expect(early.generate({ signal: 'logs', tenantId: 'a', request: logOf('early 1') })).toBeUndefined()
  const { harness, deps } = await open('full', { spool: { bytesMax: 4000, segmentBytesMax: 1 } })
  while (harness.store.refusal === undefined) await harness.send(request('full', 5))
  expect(deps.generate({ signal: 'logs', tenantId: 'a', request: logOf('full 1') })).toBeUndefined()
  await harness.stopNow()
  expect(deps.generate({ signal: 'logs', tenantId: 'a', request: logOf('full 2') })).toBeUndefined()
})
