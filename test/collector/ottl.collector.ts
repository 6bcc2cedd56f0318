import { execFile } from 'node:child_process'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Case } from '../../conformance/ottl/case.ts'
import type { Batch } from '../../src/otlp/batch.ts'
import type { Context } from '../../src/processors/ottl/contexts/context.ts'
import { dataPointContext } from '../../src/processors/ottl/contexts/data-point.ts'
import { logContext } from '../../src/processors/ottl/contexts/log.ts'
import { metricContext } from '../../src/processors/ottl/contexts/metric.ts'
import { spanContext } from '../../src/processors/ottl/contexts/span.ts'
import { spanEventContext } from '../../src/processors/ottl/contexts/span-event.ts'
import { encodeLogsRequest, encodeMetricsRequest, encodeTracesRequest } from '../otlp/proto.ts'
import { ask, scannedAs } from '../processors/ottl/evaluate.ts'
import { TABLES } from '../processors/ottl/language/tables.ts'
import { textOf, type World } from '../processors/ottl/reference.ts'
import { LOG_SHAPE, logsRequestOf } from '../processors/ottl/worlds/logs.ts'
import {
  METRIC_SHAPE,
  metricsRequestOf,
  metricWorlds,
  POINT_SHAPE,
} from '../processors/ottl/worlds/metrics.ts'
import { EVENT_SHAPE, SPAN_SHAPE, tracesRequestOf } from '../processors/ottl/worlds/traces.ts'
import { conditionOf, type Shape, worldOf } from '../processors/ottl/worlds.ts'
import { type GoProgram, goBinary } from '../support/go-binary.ts'

/**
 * Scenario: the collector's own OTTL, a program that is built from its modules, is asked the conditions of the documentation, and, beside Weir, random ones
 * on random records. Guarantees: it says the same, but for what docs/adr/0004 names.
 */

const ORACLE: GoProgram = { name: 'ottl', module: new URL('ottl/', import.meta.url), package: '.' }
const CASES = 1500

type Subject = {
  readonly name: Case['context']
  readonly context: Context
  readonly shape: Shape
  readonly worlds?: fc.Arbitrary<World>
  /** The request's bytes, and what Weir makes of them. */
  readonly requestOf: (world: World) => readonly [bytes: Buffer, batch: Batch]
  /** The row in its table that is asked about. */
  readonly row?: number
}

function logs(world: World): readonly [Buffer, Batch] {
  const request = logsRequestOf(world)
  return [encodeLogsRequest(request), scannedAs('logs', request)]
}

function traces(world: World): readonly [Buffer, Batch] {
  const request = tracesRequestOf(world)
  return [encodeTracesRequest(request), scannedAs('traces', request)]
}

function metrics(world: World): readonly [Buffer, Batch] {
  const request = metricsRequestOf(world)
  return [encodeMetricsRequest(request), scannedAs('metrics', request)]
}

const SUBJECTS: ReadonlyArray<Subject> = [
  { name: 'log', context: logContext, shape: LOG_SHAPE, requestOf: logs },
  { name: 'span', context: spanContext, shape: SPAN_SHAPE, requestOf: traces },
  { name: 'spanevent', context: spanEventContext, shape: EVENT_SHAPE, requestOf: traces, row: 1 },
  {
    name: 'metric',
    context: metricContext,
    shape: METRIC_SHAPE,
    worlds: metricWorlds(METRIC_SHAPE),
    requestOf: metrics,
  },
  {
    name: 'datapoint',
    context: dataPointContext,
    shape: POINT_SHAPE,
    worlds: metricWorlds(POINT_SHAPE),
    requestOf: metrics,
  },
]

type Answer = { readonly outcome: string; readonly why?: string }

/** Asks the collector's OTTL all of it at once. */
async function collectorSays(questions: ReadonlyArray<object>): Promise<Answer[]> {
  const binary = await goBinary(ORACLE)
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(binary, { maxBuffer: 1 << 28 }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    )
    child.stdin!.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(''))
  })
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answer)
}

/** Weir reads more: the lowest int64, parentheses and signs before any value, and literals of a wrong kind where nothing asks for them. */
const REFUSED_BY_THE_COLLECTOR = /9223372036854775808|invalid syntax|error while parsing arguments/
/** Weir's times are those of 64 bits in nanoseconds. */
const OUT_OF_TIME = /outside the years 1677 to 2262/
/** The collector can't compare what stands in such lists. */
const NOT_COMPARED = /Invalid value type/

function isExplained(condition: string, weir: string, real: Answer): boolean {
  if (real.outcome === 'load-error') return REFUSED_BY_THE_COLLECTOR.test(real.why ?? '')
  // Refused at load, because it would fail for every record.
  if (weir.startsWith('load-error') && real.outcome === 'eval-error') return true
  // Of Weir, buckets are lists.
  if (/IsList\(\S*bucket_counts\)|IsList\(explicit_bounds\)/.test(condition)) return true
  // Weir refuses what always fails also in a list of which Coalesce takes an earlier item.
  if (weir.startsWith('load-error') && condition.includes('Coalesce(')) return true
  return OUT_OF_TIME.test(weir) || NOT_COMPARED.test(real.why ?? '')
}

beforeAll(() => goBinary(ORACLE))

test.each(SUBJECTS)(
  'of a random $name, random conditions say what they do in the collector',
  async (subject) => {
    const { context, name, requestOf, row = 0, shape, worlds = worldOf(shape) } = subject
    const seed = fc.readConfigureGlobal().seed ?? 1
    const asked = fc
      .sample(fc.tuple(conditionOf(shape), worlds), { numRuns: CASES, seed })
      .map(([condition, world]) => {
        const [bytes, batch] = requestOf(world)
        const text = textOf(condition)
        const weir = String(ask(text, context, batch, row))
        return {
          weir,
          question: { context: name, otlp: bytes.toString('base64'), condition: text, event: row },
        }
      })
    const answers = await collectorSays(asked.map(({ question }) => question))
    expect(answers).toHaveLength(CASES)
    const seen: Record<string, number> = { true: 0, false: 0, 'eval-error': 0, 'load-error': 0 }
    const different = asked.flatMap(({ question: { condition }, weir }, i) => {
      const real = answers[i]!
      const said = weir.replace(/:.*/s, '')
      if (said === real.outcome) seen[said]!++
      else if (!isExplained(condition, weir, real)) return [{ condition, weir, real }]
      return []
    })
    expect(different).toEqual([])
    // It proves something only where both said each of these often.
    expect(Math.min(seen.true!, seen.false!, seen['eval-error']!)).toBeGreaterThan(CASES / 20)
  },
)

/** Functions that are not its own (or not Weir's), and what Weir does as it is documented, where the collector does not. */
const NOT_THERE =
  /Base64Decode|HasAttr(?:Key)?OnDatapoint|UserAgent|ParseXML|ExtractGrokPatterns|2006-01-02|"it"\)/
const AS_DOCUMENTED =
  /String\(span_id\)|Concat\(\[trace_id|Split\(\S+ "\S*"\) == \[|url\.port"\] == 80|bucket_counts == \[|Sort\(bucket_counts|Sort\(\[\[|Now\(\) == Now|Unix\(99999999999\)|SEVERITY_NUMBER_WARN - 1|%T\.%L %f/

test('the conditions of the documentation say what they say in the collector', async () => {
  const asked = TABLES.flatMap(({ context, sample, tables }) =>
    tables.flatMap((table) =>
      Object.values(table).flatMap((rows) =>
        rows.map(([condition, expected]) => ({
          expected: String(expected),
          question: { context, otlp: sample, condition },
        })),
      ),
    ),
  )
  const answers = await collectorSays(asked.map(({ question }) => question))
  const different = asked.flatMap(({ expected, question: { condition } }, i) => {
    const { outcome, why = '' } = answers[i]!
    // When it finds an error may differ: Weir finds some when it loads.
    const same = outcome === expected || (outcome.endsWith('-error') && expected.endsWith('-error'))
    const isNamed =
      NOT_THERE.test(condition) || AS_DOCUMENTED.test(condition) || /9223372036854775808/.test(why)
    return same || isNamed ? [] : [{ condition, expected, outcome, why }]
  })
  expect(different).toEqual([])
  expect(answers.length).toBeGreaterThan(700)
})
