import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultConfig } from '../../src/config/schema.ts'
import type { Signal } from '../../src/otlp/batch.ts'
import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import {
  encodeMetricsRequest,
  encodeTracesRequest,
  type MetricsRequest,
  type TracesRequest,
} from '../otlp/proto.ts'
import { StoreHarness } from '../store/support/store-harness.ts'
import { startTestEngine } from '../support/engine.ts'
import { type Answer, startTestApi, type TestApi } from './support.ts'

export type Send = {
  traces(tenant: string, request: TracesRequest): Promise<void>
  metrics(tenant: string, request: MetricsRequest): Promise<void>
}

export type Signals = {
  readonly writer: Database
  readonly reader: Database
  readonly api: TestApi
  stop(): Promise<void>
}

/** The API over a real ClickHouse, with rows that the real store wrote. Tenants are told by `x-scope-orgid`. */
export async function startSignals(fill: (send: Send) => Promise<void>): Promise<Signals> {
  const engine = await startTestEngine()
  const directory = await mkdtemp(join(tmpdir(), 'weir-signals-'))
  const { writer, reader } = engine.engine
  await migrate(writer)
  const harness = await StoreHarness.open({ directory, database: writer })
  const send = async (signal: Signal, tenant: string, bytes: Buffer): Promise<void> => {
    await harness.send(bytes, undefined, signal, undefined, tenant)
  }
  await fill({
    traces: (tenant, request) => send('traces', tenant, encodeTracesRequest(request)),
    metrics: (tenant, request) => send('metrics', tenant, encodeMetricsRequest(request)),
  })
  harness.store.start()
  await harness.stop()
  if (harness.failures.length + harness.quarantined.length > 0)
    throw new Error(`Not stored: ${JSON.stringify([harness.failures, harness.quarantined])}`)
  const config = { tenancy: { ...defaultConfig().tenancy, mode: 'multi' as const } }
  const api = await startTestApi({ reader, config })
  return {
    writer,
    reader,
    api,
    async stop() {
      await api.stop()
      await engine.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** An answer's JSON, looked at as what it should be. */
export function jsonOf<Shape>(answer: Answer): Shape {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  return JSON.parse(answer.text) as Shape
}

/** Follows nextCursor to the end, each page of the next size, in turns as JSON and as NDJSON. */
export async function readPages<Item>(
  api: TestApi,
  tenant: string,
  path: string,
  list: string,
  sizes: ReadonlyArray<number>,
): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  for (let page = 0; page === 0 || cursor !== null; page++) {
    const limit = sizes[page % sizes.length]!
    const ndjson = page % 2 === 1
    const answer = await api.get(`${path}&limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`, {
      'x-scope-orgid': tenant,
      ...(ndjson ? { accept: 'application/x-ndjson' } : {}),
    })
    if (answer.status !== 200) throw new Error(answer.text)
    const lines = ndjson
      ? answer.text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : []
    const json = ndjson ? { [list]: lines.slice(0, -1), ...lines.at(-1) } : JSON.parse(answer.text)
    cursor = json.nextCursor
    if (cursor !== null && json[list].length !== limit)
      throw new Error('a page that is not full, and not the last')
    items.push(...json[list])
  }
  return items
}
