import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { SIGNAL_BLOCKS } from '../../../src/processors/filter/signals.ts'
import { FUNCTIONS } from '../../../src/processors/ottl/functions/index.ts'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { stringAttributes } from '../../otlp/proto.ts'
import { filtered } from './build.ts'

const text = readFileSync(new URL('../../../src/processors/filter/README.md', import.meta.url), 'utf8')
const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => parse(yaml!).processors)

it('the examples of the README are right', () => {
  expect(blocks).toHaveLength(3)
  for (const block of blocks) expect(parseProcessors(block)).toMatchObject({ plan: { warnings: [] } })
})

it('the README names every path, function and kind of enum', () => {
  for (const { own, enums, functions = [] } of SIGNAL_BLOCKS.flatMap(({ contexts }) => [
    ...contexts.values(),
  ])) {
    // Ids: "also with .string".
    for (const path of own.keys()) expect(text).toContain(`\`${path.replace(/_id\.string$/, '_id')}\``)
    for (const { name } of functions) expect(text).toContain(`\`${name}`)
    for (const name of FUNCTIONS.keys()) expect(text).toContain(`\`${name}\``)
    for (const name of enums.keys()) expect(text).toContain(`\`${KIND.exec(name)?.[0].concat('…') ?? name}\``)
  }
})

/** What the names of one enum start with. */
const KIND = /^(?:SEVERITY_NUMBER|SPAN_KIND|STATUS_CODE|METRIC_DATA_TYPE|AGGREGATION_TEMPORALITY)_/

describe('what the README says its first example does', () => {
  const rules = blocks[0]['filter/noisy']
  const attributes = (route: string) => stringAttributes({ 'http.route': route })

  it('to logs', () => {
    const logRecords = [
      { severityNumber: 5, body: { stringValue: 'cache miss' } },
      ...['200', '500'].map((status) => ({
        severityNumber: 9,
        body: { stringValue: `GET /healthz ${status} in 3 ms` },
        attributes: attributes('/healthz'),
      })),
    ]
    expect(filtered('logs', rules, { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }).dropped).toEqual([
      true,
      true,
      false,
    ])
  })

  it('to spans', () => {
    const events = [{ name: 'message' }, { name: 'exception' }]
    const spans = [{ name: 'GET /livez' }, { name: 'GET /pay', parentSpanId: Buffer.alloc(8, 1), events }]
    const { dropped, matched } = filtered('traces', rules, { resourceSpans: [{ scopeSpans: [{ spans }] }] })
    expect(dropped).toEqual([true, false])
    expect(matched).toEqual([0, 0, 0, 1, 1, 0, 0])
  })

  it('to metrics', () => {
    const metrics = [
      { name: 'go_goroutines', gauge: { dataPoints: [{ asInt: 8 }] } },
      {
        name: 'http.requests',
        sum: { dataPoints: ['/livez', '/pay'].map((route) => ({ asInt: 1, attributes: attributes(route) })) },
      },
      { name: 'http.duration', histogram: { dataPoints: [{ count: 0 }, { count: 7 }] } },
    ]
    expect(
      filtered('metrics', rules, { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }).dropped,
    ).toEqual([true, true, true, true, false])
  })
})
