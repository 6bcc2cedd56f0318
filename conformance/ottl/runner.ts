import type { Batch, Signal } from '../../src/otlp/batch.ts'
import { MalformedJsonError } from '../../src/otlp/json/json-path.ts'
import { translateJson } from '../../src/otlp/json/translate.ts'
import {
  newBatch,
  requestMessage,
  SCAN_FAULTS,
  type ScanOutcomes,
  scanRequest,
} from '../../src/otlp/scan/index.ts'
import { Conditions, conditionMessage } from '../../src/processors/ottl/conditions.ts'
import type { Context } from '../../src/processors/ottl/contexts/context.ts'
import { dataPointContext } from '../../src/processors/ottl/contexts/data-point.ts'
import { logContext } from '../../src/processors/ottl/contexts/log.ts'
import { metricContext } from '../../src/processors/ottl/contexts/metric.ts'
import { resourceContext } from '../../src/processors/ottl/contexts/resource.ts'
import { scopeContext } from '../../src/processors/ottl/contexts/scope.ts'
import { spanContext } from '../../src/processors/ottl/contexts/span.ts'
import { spanEventContext } from '../../src/processors/ottl/contexts/span-event.ts'
import { Result } from '../../src/processors/ottl/kinds.ts'
import { type Case, CaseError, type ContextName, type Outcome, parseCase } from './case.ts'

const LIMITS = { recordsPerRequestMax: 1000, attributesPerRecordMax: 1000 }
const FAULTS = Object.fromEntries(SCAN_FAULTS.map((fault) => [fault, 1])) as ScanOutcomes

const BY_NAME: Readonly<Record<ContextName, Context>> = {
  log: logContext,
  span: spanContext,
  spanevent: spanEventContext,
  metric: metricContext,
  datapoint: dataPointContext,
  resource: resourceContext,
  scope: scopeContext,
}
const SIGNAL_OF: ReadonlyArray<readonly [key: string, signal: Signal]> = [
  ['resourceLogs', 'logs'],
  ['resource_logs', 'logs'],
  ['resourceSpans', 'traces'],
  ['resource_spans', 'traces'],
  ['resourceMetrics', 'metrics'],
  ['resource_metrics', 'metrics'],
]

/** What came of a case: `why` is the error's own text. */
export type Got = { readonly outcome: Outcome; readonly why: string; readonly alwaysFails: boolean }

/** Scans the request of a case. Throws {@link CaseError} if it is none. */
function batchOf(otlp: unknown): Batch {
  const keys = typeof otlp === 'object' && otlp !== null ? Object.keys(otlp) : []
  const signal = SIGNAL_OF.find(([key]) => keys.includes(key))?.[1]
  if (signal === undefined)
    throw new CaseError('otlp must have resourceLogs, resourceSpans or resourceMetrics')
  const batch = newBatch(signal)
  try {
    scanRequest(
      batch,
      translateJson(requestMessage(signal), Buffer.from(JSON.stringify(otlp))),
      LIMITS,
      FAULTS,
    )
  } catch (error) {
    if (error instanceof MalformedJsonError)
      throw new CaseError(`otlp is no export request: ${error.message}`)
    throw error
  }
  // A metric without points is asked about too: by a point that says nothing.
  if (batch.records.count === 0 && batch.metrics.count > 0) batch.records.add()
  if (batch.records.count === 0) throw new CaseError('otlp has no item')
  return batch
}

/** Asks a condition about the first item of the request. Throws {@link CaseError}. */
export function runCase({ condition, context, otlp }: Case): Got {
  const batch = batchOf(otlp)
  const compiled = Conditions.compile(BY_NAME[context], [condition])
  if ('issues' in compiled) {
    const [issue] = compiled.issues
    return { outcome: 'load-error', why: conditionMessage(issue!), alwaysFails: issue!.alwaysFails ?? false }
  }
  const { conditions } = compiled
  conditions.begin(batch)
  conditions.owner(0)
  const result = conditions.tests[0]!(0)
  const why = result === Result.failed ? conditions.failure : ''
  conditions.end()
  const outcome = result === Result.failed ? 'eval-error' : result === Result.yes ? 'true' : 'false'
  return { outcome, why, alwaysFails: false }
}

/**
 * Whether a case got what it expects. A condition that would fail for every record is refused when it is loaded
 * (docs/adr/0004), so that counts as the evaluation error that the collector gives for each of them.
 */
export function isAsExpected({ expect }: Case, { alwaysFails, outcome }: Got): boolean {
  return outcome === expect || (expect === 'eval-error' && alwaysFails)
}

export type Report = {
  readonly lines: ReadonlyArray<string>
  readonly passed: number
  readonly failed: number
}

/** Runs JSON lines; `lines` says of each that failed what it expects and what it got. Blank lines are none. */
export function runLines(text: string, name: string): Report {
  const lines: string[] = []
  let passed = 0
  let failed = 0
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return
    const problem = problemOf(line)
    if (problem === undefined) passed++
    else {
      failed++
      lines.push(`${name}:${i + 1}: ${problem}`)
    }
  })
  return { lines, passed, failed }
}

function problemOf(line: string): string | undefined {
  try {
    const parsed = parseCase(line)
    const got = runCase(parsed)
    if (isAsExpected(parsed, got)) return undefined
    const why = got.why === '' ? '' : ` (${got.why})`
    return `${parsed.condition}\n  expected ${parsed.expect}\n  got      ${got.outcome}${why}`
  } catch (error) {
    if (error instanceof CaseError) return error.message
    throw error
  }
}
