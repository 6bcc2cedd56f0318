import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultConfig } from '../../src/config/schema.ts'
import type { Signal } from '../../src/otlp/batch.ts'
import { Outcomes } from '../../src/otlp/outcomes.ts'
import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { fingerprintSeries } from '../../src/otlp/series/fingerprint.ts'
import type { Pipeline } from '../../src/processors/pipeline.ts'
import { BuilderPool } from '../../src/store/commit/builders.ts'
import { KnownDimensions } from '../../src/store/commit/known-dimensions.ts'
import { LedgerTotals } from '../../src/store/commit/ledger-totals.ts'
import { OpenCommit } from '../../src/store/commit/open-commit.ts'
import { signalKinds } from '../../src/store/rows/kinds/index.ts'
import { ResourceResolver } from '../../src/store/rows/resources.ts'
import { SignalWriter } from '../../src/store/rows/signal-writer.ts'
import { nodeDisk } from '../../src/store/spool/files.ts'
import { Sequence } from '../../src/store/spool/sequence.ts'
import { oneOutcome } from '../../test/otlp/scan-outcomes.ts'

/** What a path made of the requests of one commit. */
export type Encoded = { readonly rows: number; readonly bytes: number }

export type Path = {
  /** To be awaited before a run of `encode`: what the gateway does in the background, between requests. */
  readonly prepare: () => Promise<void>
  readonly encode: () => Encoded
  readonly close: () => Promise<void>
}

export type WeirPathOptions = {
  /** Every commit meets its resources for the first time. */
  readonly forgetResources?: boolean
  /** Of what the rules drop. */
  readonly outcomes?: Outcomes
  /** Between the scan and the rows; without them as in a gateway that has none. */
  readonly rules?: Pick<Pipeline, 'process' | 'committed'>
}

const LIMITS = { recordsPerRequestMax: 200_000, attributesPerRecordMax: 1024 }
const GATEWAY_ID = 'bench'

/**
 * The gateway's own path, part for part: scan → resolve the resources → clock rules → split by partition → Seq →
 * append to the open commit → its Native blocks. What the store adds beyond it (the request's hash, the checksum
 * of the commit, the fsync) is in the load bench.
 */
export async function weirPath(
  signal: Signal,
  requests: ReadonlyArray<Buffer>,
  { forgetResources = false, outcomes = new Outcomes(), rules }: WeirPathOptions = {},
): Promise<Path> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  const kind = signalKinds(defaultConfig(), outcomes).get(signal)!
  const tables = new Set(kind.tables.map(({ name }) => name))
  // Stands while a run lasts: a run is synchronous, and on a busy machine longer than what is reserved ahead of the clock.
  let sequenceMs = Date.now()
  const sequence = await Sequence.open(nodeDisk, directory, () => sequenceMs, 0n)
  const known = new KnownDimensions()
  const pool = new BuilderPool()
  const batch = newBatch(signal)
  const newWriter = (): SignalWriter =>
    new SignalWriter(kind, {
      gatewayId: GATEWAY_ID,
      sequence,
      resolver: new ResourceResolver({ appIdAttributes: ['loco.resource.id'], retentionDaysOf: () => 30 }),
      known,
      resourceTtlDays: 365,
    })
  let writer = newWriter()
  let number = 0

  const encode = (): Encoded => {
    if (forgetResources) {
      writer = newWriter()
      known.forgetAll()
    }
    const commit = new OpenCommit(number, pool, new LedgerTotals(outcomes))
    for (const request of requests) {
      scanRequest(batch, request, LIMITS, oneOutcome(1))
      batch.tenants.push('default')
      if (signal === 'metrics') fingerprintSeries(batch)
      rules?.process(batch, number)
      const { stored } = writer.write(batch, Date.now(), commit, false)
      commit.ledger.add(batch, stored)
    }
    const { header } = commit.seal({
      gatewayId: GATEWAY_ID,
      schemaVersion: 1,
      timeMs: Date.now(),
      previousSeq: 0n,
    })
    known.learn(commit)
    rules?.committed(number)
    number++
    commit.release()
    let rows = 0
    let bytes = 0
    for (const block of header.blocks) {
      if (tables.has(block.table)) rows += block.rows
      bytes += block.byteLength
    }
    return { rows, bytes }
  }
  return {
    prepare: () => {
      sequenceMs = Date.now()
      return sequence.keepAhead()
    },
    encode,
    close: async () => {
      await sequence.close()
      rmSync(directory, { recursive: true })
    },
  }
}
