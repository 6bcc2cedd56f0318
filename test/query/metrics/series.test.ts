import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonOf, readPages, type Signals, startSignals } from '../signals.ts'
import { DAY, daysIn, makeSeries, type PlainSeries, sendSeries, TENANTS } from './world.ts'

/** Guarantees: the series of a metric that a plain filter finds, each once over any pages, of this tenant alone. */

const NOON = ((BigInt(Date.now()) * 1_000_000n) / DAY) * DAY - DAY / 2n
const ALL = makeSeries(NOON)
const WIDE = { start: NOON - 5n * DAY, end: NOON + DAY }
const NARROW = { start: NOON, end: NOON + 1n }

let signals: Signals
beforeAll(async () => {
  signals = await startSignals(async (send) => {
    await sendSeries(send, ALL)
    await send.metrics('acme', {
      resourceMetrics: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'cart' } },
              { key: 'loco.resource.id', value: { stringValue: 'app-1' } },
              { key: 'k8s.pod.name', value: { stringValue: 'cart-1' } },
              { key: 'k8s.container.name', value: { stringValue: 'main' } },
              { key: 'process.pid', value: { intValue: 42 } },
            ],
            droppedAttributesCount: 2,
          },
          schemaUrl: 'https://schema/r',
          scopeMetrics: [
            {
              scope: {
                name: 'lib',
                version: '1.0',
                attributes: [{ key: 'debug', value: { boolValue: true } }],
              },
              schemaUrl: 'https://schema/s',
              metrics: [
                {
                  name: 'full',
                  unit: 'ms',
                  description: 'All of it',
                  metadata: [{ key: 'owner', value: { intValue: '9007199254740993' } }],
                  sum: {
                    aggregationTemporality: 1,
                    dataPoints: [
                      {
                        timeUnixNano: NOON,
                        asDouble: 1,
                        attributes: [
                          { key: 'id', value: { intValue: '9223372036854775807' } },
                          { key: 'ratio', value: { doubleValue: 0.5 } },
                          { key: 'route', value: { stringValue: '/' } },
                        ],
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    })
  })
})
afterAll(() => signals?.stop())

type Asked = Readonly<{ metric: string; service?: string; namespace?: string; label?: ReadonlyArray<string> }>
type Range = typeof WIDE

function pathOf({ label = [], ...asked }: Asked, { start, end }: Range): string {
  const query = new URLSearchParams({ ...asked, start: String(start), end: String(end) })
  for (const one of label) query.append('label', one)
  return `/api/v1/metrics/series?${query}`
}

/** What the answer must say of a series, without the fingerprint, which only Weir knows. */
function told(series: PlainSeries, range: Range): unknown {
  const days = daysIn(series, range)
  const temporality = {
    sum: 'cumulative',
    histogram: 'delta',
    exponential_histogram: 'delta',
    gauge: undefined,
    summary: undefined,
  }[series.type]
  return {
    name: series.metric,
    type: series.type,
    unit: series.unit,
    description: series.description,
    ...(temporality === undefined ? {} : { temporality }),
    ...(series.type === 'sum' ? { monotonic: true } : {}),
    firstDay: days[0],
    lastDay: days.at(-1),
    service: series.service,
    app: series.service,
    namespace: series.namespace,
    attributes: series.labels,
    retentionDays: 30,
    resource: { attributes: { 'service.name': series.service, 'k8s.namespace.name': series.namespace } },
  }
}

/** Fingerprints have no order that a test could know. */
function inOrder(values: ReadonlyArray<unknown>): unknown[] {
  const key = (value: unknown): string => {
    const { type, unit, attributes } = value as { type: string; unit: string; attributes: object }
    return JSON.stringify([type, unit, Object.entries(attributes).toSorted()])
  }
  return values.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

function expectedSeries(tenant: string, asked: Asked, range: Range): unknown[] {
  return ALL.filter(
    (series) =>
      series.tenant === tenant &&
      series.metric === asked.metric &&
      (asked.service === undefined || series.service === asked.service) &&
      (asked.namespace === undefined || series.namespace === asked.namespace) &&
      (asked.label ?? []).every((pair) => {
        const key = pair.slice(0, pair.indexOf(':'))
        return series.labels[key] === pair.slice(pair.indexOf(':') + 1)
      }) &&
      daysIn(series, range).length > 0,
  ).map((series) => told(series, range))
}

type Found = { readonly fingerprint: string }

describe('series', () => {
  it.each<[Asked, Range]>([
    [{ metric: 'http.requests' }, WIDE],
    [{ metric: 'http.requests' }, NARROW],
    [{ metric: 'http.requests', service: 'web' }, WIDE],
    [{ metric: 'http.requests', namespace: 'dev', label: ['route:/r:3'] }, WIDE],
    [{ metric: 'http.requests', label: ['route:/r:1', 'code:206'] }, WIDE],
    [{ metric: 'http.requests', label: ["code:' OR '1' = '1"] }, WIDE],
    [{ metric: 'HTTP.Latency' }, WIDE],
    [{ metric: "it's_summed" }, WIDE],
    [{ metric: 'latency.exp' }, WIDE],
    [{ metric: 'only.umbrella' }, WIDE],
    [{ metric: 'gone' }, NARROW],
    [{ metric: 'gone' }, WIDE],
  ])('of %o in %o', async (asked, range) => {
    for (const tenant of TENANTS)
      for (const sizes of [[1000], [3, 7]]) {
        const found = await readPages<Found>(signals.api, tenant, pathOf(asked, range), 'series', sizes)
        const fingerprints = found.map(({ fingerprint }) => BigInt(fingerprint))
        expect(fingerprints).toEqual([...new Set(fingerprints)].toSorted((a, b) => (a < b ? -1 : 1)))
        const rest = found.map(({ fingerprint: _, ...others }) => others)
        expect(inOrder(rest)).toEqual(inOrder(expectedSeries(tenant, asked, range)))
      }
  })

  it('have every field, digit and type', async () => {
    const answer = await signals.api.get(pathOf({ metric: 'full' }, NARROW), { 'x-scope-orgid': 'acme' })
    const day = new Date(Number(NOON / 1_000_000n)).toISOString().slice(0, 10)
    const [row] = await signals.writer.rows<{ fingerprint: string }>(
      "SELECT toString(SeriesFingerprint) AS fingerprint FROM samples WHERE MetricName = 'full'",
    )
    expect(jsonOf(answer)).toEqual({
      series: [
        {
          fingerprint: row!.fingerprint,
          name: 'full',
          type: 'sum',
          unit: 'ms',
          description: 'All of it',
          temporality: 'delta',
          monotonic: false,
          firstDay: day,
          lastDay: day,
          service: 'cart',
          app: 'app-1',
          pod: 'cart-1',
          container: 'main',
          attributes: { id: '9223372036854775807', ratio: 0.5, route: '/' },
          attributeTypes: { id: 'int', ratio: 'double' },
          metadata: { attributes: { owner: '9007199254740993' }, attributeTypes: { owner: 'int' } },
          scope: {
            name: 'lib',
            version: '1.0',
            attributes: { debug: true },
            attributeTypes: { debug: 'bool' },
            schemaUrl: 'https://schema/s',
          },
          retentionDays: 30,
          resource: {
            attributes: {
              'service.name': 'cart',
              'loco.resource.id': 'app-1',
              'k8s.pod.name': 'cart-1',
              'k8s.container.name': 'main',
              'process.pid': 42,
            },
            attributeTypes: { 'process.pid': 'int' },
            schemaUrl: 'https://schema/r',
            droppedAttributesCount: 2,
          },
        },
      ],
      nextCursor: null,
    })
  })

  it.each([
    ['', 'invalid_parameter', 'metric is missing: name the metric whose series are meant.'],
    ['metric=', 'invalid_parameter', 'metric is empty'],
    ['metric=a&metric=b', 'invalid_parameter', 'more than once'],
    ['metric=a&label=b', 'invalid_parameter', 'label="b" is no attribute: expected key:value'],
    ['metric=a&labels=b:c', 'unknown_parameter', 'did you mean label?'],
    ['metric=a&cursor=abc', 'invalid_cursor', 'not one that Weir gave out'],
  ])('%j is refused as %s: %s', async (query, code, sentence) => {
    const answer = await signals.api.get(`/api/v1/metrics/series?${query}`, { 'x-scope-orgid': 'acme' })
    expect([answer.status, answer.json.error.code]).toEqual([400, code])
    expect(answer.json.error.message).toContain(sentence)
  })
})
