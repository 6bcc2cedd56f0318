import { type Batch, KEPT, type Signal } from '../../../src/otlp/batch.ts'
import { buildPipeline, type Pipeline, parseProcessors } from '../../../src/processors/pipeline.ts'
import type { Deps } from '../../../src/processors/processor.ts'
import { testDeps, verdictsOf } from '../kit.ts'
import { type Requests, scannedAs } from '../ottl/evaluate.ts'

export function build(processors: Readonly<Record<string, unknown>>, deps: Deps): Pipeline {
  const parsed = parseProcessors(processors)
  if ('issues' in parsed) throw new Error(parsed.issues[0]!.message)
  return buildPipeline(parsed.plan, deps)
}

/** The reasons of what was dropped, '' for what was kept. */
export function reasons(batch: Batch, deps: Deps): string[] {
  return verdictsOf(batch).map((verdict) => (verdict === KEPT ? '' : deps.outcomes.get(verdict).reason))
}

/** A request after one filter with these rules, how often each rule matched, and how often one failed. */
export function filtered<S extends Signal>(signal: S, rules: object, request: Requests[S]) {
  const deps = testDeps()
  const pipeline = build({ filter: rules }, deps)
  const batch = scannedAs(signal, request)
  pipeline.process(batch, 1)
  pipeline.committed(1)
  const matched = pipeline
    .rules()
    .get('filter')!
    .map((rule) => rule.matched)
  return { batch, dropped: reasons(batch, deps).map((reason) => reason !== ''), matched, deps }
}

/** The texts in a table's rows `from` to `to`, whose start and end are at `slot`. */
export function texts(
  { bytes }: Batch,
  { data, stride }: { readonly data: Uint32Array; readonly stride: number },
  slot: number,
  from: number,
  to: number,
): string[] {
  const at = (row: number): number => row * stride + slot
  return Array.from({ length: to - from }, (_, i) =>
    bytes.toString('utf8', data[at(from + i)], data[at(from + i) + 1]),
  )
}
