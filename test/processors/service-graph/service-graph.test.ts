import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Batch } from '../../../src/otlp/batch.ts'
import { newBatch } from '../../../src/otlp/scan/index.ts'
import { buildPipeline, type Pipeline, parseProcessors } from '../../../src/processors/pipeline.ts'
import type { Deps, Processor } from '../../../src/processors/processor.ts'
import { prepareProcessor } from '../../../src/processors/registry.ts'
import { stringAttributes, type TracesRequest } from '../../otlp/proto.ts'
import { growthOf } from '../counted-series/growth.ts'
import { itKeepsTheContract, type TestDeps, testDeps } from '../kit.ts'
import { scannedAs } from '../ottl/evaluate.ts'

/**
 * Guarantees: a call whose two spans come in any order, in any requests, with commits that are refused and sent again, is counted once; peers without spans are
 * known by the client's attributes; what has no other half is given up, and everything waits within a bound.
 */

const CONFIG = {
  metrics_flush_interval: '1s',
  latency_histogram_buckets: ['10ms', '1s'],
  store: { ttl: '5s', max_items: 100 },
}
const LABELS = ['client', 'server', 'connection_type']
const KIND = { server: 2, client: 3, producer: 4, consumer: 5 } as const

type Half = {
  readonly service: string
  readonly kind: number
  readonly call: number
  readonly ms: number
  readonly failed?: boolean
  /** Of a server: it is the root of its trace. */
  readonly root?: boolean
  readonly attributes?: Record<string, string>
}

function requestOf(halves: ReadonlyArray<Half>): TracesRequest {
  return {
    resourceSpans: halves.map(({ service, kind, call, ms, failed, root, attributes = {} }) => {
      const isClient = kind === KIND.client || kind === KIND.producer
      const id = Buffer.alloc(8)
      id.writeUInt32LE(call + 1)
      const spanId = isClient ? id : Buffer.alloc(8, 0xee)
      return {
        resource: { attributes: stringAttributes({ 'service.name': service }) },
        scopeSpans: [
          {
            spans: [
              {
                traceId: Buffer.alloc(16, 7),
                spanId,
                ...(isClient || root ? {} : { parentSpanId: id }),
                kind,
                status: { code: failed ? 2 : 0 },
                startTimeUnixNano: 1_000_000n,
                endTimeUnixNano: BigInt(1 + ms) * 1_000_000n,
                attributes: stringAttributes(attributes),
              },
            ],
          },
        ],
      }
    }),
  }
}

function scan(halves: ReadonlyArray<Half>): Batch {
  const batch = scannedAs('traces', requestOf(halves), newBatch('traces'))
  batch.tenants.push('t')
  return batch
}

function pipelineOf(deps: TestDeps, config: object = CONFIG): Pipeline {
  const parsed = parseProcessors({ service_graph: config })
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues))
  return buildPipeline(parsed.plan, deps)
}

/** Sends halves as one durable commit. */
function send(pipeline: Pipeline, deps: TestDeps, halves: ReadonlyArray<Half>): void {
  pipeline.process(scan(halves), deps.openCommit)
  pipeline.committed(deps.openCommit++)
}

const grown = (deps: TestDeps, refused: ReadonlySet<number> = new Set()): Record<string, number[]> =>
  Object.fromEntries(
    [
      ...growthOf(
        deps.generated.filter(({ commit }) => !refused.has(commit)),
        LABELS,
      ),
    ]
      .filter(([, values]) => values.some((n) => n > 0))
      .map(([key, values]) => [key.replace('t|traces_service_graph_request_', ''), values]),
  )

const ruleOf = (pipeline: Pipeline, name: string): number | undefined =>
  pipeline
    .rules()
    .get('service_graph')
    ?.find(({ rule }) => rule === name)?.matched

describe('service_graph', () => {
  itKeepsTheContract({
    make: (deps: Deps): Processor => {
      const prepared = prepareProcessor('service_graph', CONFIG)
      if ('issues' in prepared) throw new Error(prepared.issues[0]!.message)
      return prepared.build(deps)
    },
    signal: 'traces',
    counts: true,
    requests: [
      requestOf([
        { service: 'a', kind: KIND.client, call: 1, ms: 5 },
        { service: 'b', kind: KIND.server, call: 1, ms: 4 },
        { service: 'b', kind: KIND.server, call: 2, ms: 4, root: true },
      ]),
    ],
  })

  test('counts each call once, in whatever order, over refused commits', () => {
    const calls = fc.array(
      fc.record({
        client: fc.constantFrom('a', 'b'),
        server: fc.constantFrom('b', 'c'),
        messaging: fc.boolean(),
        failed: fc.constantFrom('none', 'client', 'server'),
        clientMs: fc.constantFrom(5, 500, 5000),
        serverMs: fc.constantFrom(1, 100, 2000),
      }),
      { minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(calls, fc.infiniteStream(fc.nat(1000)), (all, draws) => {
        const draw = (below: number): number => draws.next().value! % below
        const expected: Record<string, number[]> = {}
        const add = (key: string, by: number[]): void => {
          expected[key] = (expected[key] ?? by.map(() => 0)).map((n, i) => n + by[i]!)
        }
        const buckets = (ms: number): number[] => [
          Number(ms <= 10),
          Number(ms > 10 && ms <= 1000),
          Number(ms > 1000),
        ]
        const waiting = all.flatMap((one, call): Half[] => {
          const labels = `${one.client}|${one.server}|${one.messaging ? 'messaging_system' : ''}`
          add(`total|${labels}`, [1])
          if (one.failed !== 'none') add(`failed_total|${labels}`, [1])
          add(`client_seconds|${labels}`, buckets(one.clientMs))
          add(`server_seconds|${labels}`, buckets(one.serverMs))
          const [client, server] = one.messaging ? [KIND.producer, KIND.consumer] : [KIND.client, KIND.server]
          return [
            { service: one.client, kind: client, call, ms: one.clientMs, failed: one.failed === 'client' },
            { service: one.server, kind: server, call, ms: one.serverMs, failed: one.failed === 'server' },
          ]
        })
        const deps = testDeps()
        const pipeline = pipelineOf(deps)
        const refused = new Set<number>()
        let writing: { commit: number; halves: Half[] } | undefined
        const end = (durable: boolean): void => {
          if (writing === undefined) return
          const { commit, halves } = writing
          writing = undefined
          if (durable) pipeline.committed(commit)
          else {
            refused.add(commit)
            pipeline.refused(commit)
            waiting.push(...halves)
          }
        }
        for (let open: Half[] = []; waiting.length > 0 || open.length > 0 || writing !== undefined; ) {
          const halves = Array.from({ length: Math.min(waiting.length, 1 + draw(3)) }, () =>
            waiting.splice(draw(waiting.length), 1),
          ).flat()
          pipeline.process(scan(halves), deps.openCommit)
          open.push(...halves)
          if (draw(2) > 0) pipeline.tick()
          if (draw(2) === 0) continue
          end(draw(4) > 0)
          writing = { commit: deps.openCommit++, halves: open }
          open = []
          if (waiting.length === 0) end(true)
        }
        pipeline.flush()
        deps.openCommit++
        pipeline.committed(deps.openCommit - 1)
        expect(grown(deps, refused)).toEqual(expected)
      }),
      { numRuns: 150, endOnFailure: true },
    )
  })

  test('a database is known by its client; a peer without spans once its half has waited in vain; callers without spans are user', () => {
    const deps = testDeps()
    const pipeline = pipelineOf(deps)
    send(pipeline, deps, [
      {
        service: 'a',
        kind: KIND.client,
        call: 1,
        ms: 5,
        attributes: { 'db.system': 'postgresql', 'db.name': 'orders' },
      },
      {
        service: 'a',
        kind: KIND.client,
        call: 2,
        ms: 5,
        failed: true,
        attributes: { 'peer.service': 'mailer' },
      },
      { service: 'a', kind: KIND.client, call: 3, ms: 5 },
      { service: 'b', kind: KIND.server, call: 4, ms: 5 },
      { service: 'b', kind: KIND.server, call: 5, ms: 5, root: true },
    ])
    deps.nowMsValue += 6000
    send(pipeline, deps, [])
    pipeline.flush()
    const small = [1, 0, 0]
    expect(grown(deps)).toEqual({
      'total|a|orders|database': [1],
      'client_seconds|a|orders|database': small,
      'total|a|mailer|virtual_node': [1],
      'failed_total|a|mailer|virtual_node': [1],
      'client_seconds|a|mailer|virtual_node': small,
      'total|user|b|virtual_node': [1],
      'server_seconds|user|b|virtual_node': small,
    })
    expect(ruleOf(pipeline, 'unpaired')).toBe(2)
  })

  test('what waits is bounded, and room is found again', () => {
    const deps = testDeps()
    const pipeline = pipelineOf(deps, { ...CONFIG, store: { ttl: '5s', max_items: 10 } })
    const clients = (from: number): Half[] =>
      Array.from({ length: 15 }, (_, i) => ({ service: 'a', kind: KIND.client, call: from + i, ms: 1 }))
    send(pipeline, deps, clients(0))
    expect(ruleOf(pipeline, 'no_room')).toBe(5)
    deps.nowMsValue += 6000
    send(pipeline, deps, [])
    send(pipeline, deps, clients(100))
    expect(ruleOf(pipeline, 'no_room')).toBe(10)
    expect(ruleOf(pipeline, 'unpaired')).toBe(10)
  })

  it.each([
    [{ store: { ttl: '1ms' } }, 'expected a duration from 1s to 300s, such as 10s or 1m30s'],
    [{ store: { max_items: 1 } }, 'expected a whole number from 10 to 1000000'],
    [{ dimensions: [] }, 'unknown key'],
  ])('refuses %j', (config, message) => {
    const prepared = prepareProcessor('service_graph', config)
    expect('issues' in prepared && prepared.issues[0]!.message).toBe(message)
  })
})
