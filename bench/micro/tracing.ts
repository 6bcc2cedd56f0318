import { pino } from 'pino'
import { defaultConfig } from '../../src/config/schema.ts'
import { Intake } from '../../src/ingest/intake.ts'
import { createPipeline } from '../../src/ingest/pipeline.ts'
import type { Headers } from '../../src/ingest/receiver.ts'
import { Outcomes } from '../../src/otlp/outcomes.ts'
import type { Store } from '../../src/store/store.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { openTraces } from '../../src/telemetry/tracing/open.ts'
import { ANONYMOUS } from '../../src/tenancy/caller.ts'
import { writeTenancy } from '../../src/tenancy/write.ts'
import { median } from '../schema/clickhouse.ts'
import { calibrate } from '../support/calibration.ts'
import { describeOrigin, origin } from '../support/results.ts'
import { LOG_SHAPES } from './shapes/logs.ts'

/**
 * What own traces cost a request of 10 records between its last byte and its commit (the store takes everything at once):
 * CPU time of the process, per request, the modes taking turns. A sampled request's spans are made, batched and
 * encoded; nobody listens where they are sent.
 */

const ROUNDS = 7
const REQUESTS_PER_ROUND = 20_000
const NOBODY = 'http://127.0.0.1:9'
const IDS = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331'

type Mode = { readonly endpoint: string | null; readonly sampleRatio: number; readonly headers: Headers }
const MODES = {
  off: { endpoint: null, sampleRatio: 0, headers: {} },
  'not sampled': { endpoint: NOBODY, sampleRatio: 0, headers: {} },
  'sender did not sample': { endpoint: NOBODY, sampleRatio: 0, headers: { traceparent: `00-${IDS}-00` } },
  'sampled, 1 of 100': { endpoint: NOBODY, sampleRatio: 0.01, headers: {} },
  sampled: { endpoint: NOBODY, sampleRatio: 0, headers: { traceparent: `00-${IDS}-01` } },
} as const satisfies Readonly<Record<string, Mode>>

const ANSWER = Promise.resolve({ rejected: 0, message: '' })
const STORE: Store = {
  repeated: () => undefined,
  admit: () => {},
  openCommit: 1,
  appendGenerated: () => Promise.resolve(),
  append: () => ANSWER,
  onCommit: () => {},
  onSeal: () => {},
  notesOf: () => [],
  observe: () => () => {},
}

async function open({ endpoint, sampleRatio }: Mode) {
  const config = defaultConfig()
  const own = { ...config.telemetry.traces, endpoint, sampleRatio, queueSpansMax: 100_000 }
  const telemetry = { ...config.telemetry, traces: own }
  const parts = { metrics: createMetrics(), logger: pino({ level: 'silent' }) }
  const traces = await openTraces({ ...config, telemetry }, parts)
  const outcomes = new Outcomes()
  const intake = new Intake({
    handler: createPipeline({
      store: STORE,
      tenancy: writeTenancy(config.tenancy, outcomes),
      rules: { process: () => {}, joined: () => {} },
      outcomes,
      limits: config.ingest,
      nowMs: Date.now,
      events: { repeated: () => {}, invalidUtf8: () => {} },
    }),
    authenticate: () => ANONYMOUS,
    limits: { ...config.ingest, bodyTimeoutMs: 30_000 },
    tenantHeader: config.tenancy.header,
    observer: { received: () => {}, ended: () => {} },
    tracing: traces.tracing,
    log: console,
    random: Math.random,
    nowMs: () => performance.now(),
  })
  return { intake, traces }
}

const shape = LOG_SHAPES.find(({ name }) => name === 'small requests')!
const bodies = Array.from({ length: 100 }, (_, i) => shape.request(Date.now(), i))

/** CPU time of one request, µs. */
async function round({ intake, traces }: Awaited<ReturnType<typeof open>>, headers: Headers) {
  const before = process.cpuUsage()
  for (let i = 0; i < REQUESTS_PER_ROUND; i++) {
    const body = bodies[i % bodies.length]!
    const passage = intake.enter('grpc', 'logs', headers)
    passage.expect(body.length)
    await passage.export(await passage.inflate('identity', body))
    if (i % 100 === 99) await traces.flush(1000)
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / REQUESTS_PER_ROUND
}

console.log(describeOrigin(origin(calibrate())))
const opened = await Promise.all(Object.values(MODES).map(open))
const micros: number[][] = opened.map(() => [])
for (let i = 0; i <= ROUNDS; i++)
  for (const [mode, { headers }] of Object.values(MODES).entries()) {
    const figure = await round(opened[mode]!, headers)
    // The first round is for the compiler.
    if (i > 0) micros[mode]!.push(figure)
  }
console.table(
  Object.keys(MODES).map((mode, i) => ({
    mode,
    'CPU µs per request': median(micros[i]!).toFixed(2),
    lowest: Math.min(...micros[i]!).toFixed(2),
    highest: Math.max(...micros[i]!).toFixed(2),
  })),
)
await Promise.all(opened.map(({ traces }) => traces.stop(1000)))
