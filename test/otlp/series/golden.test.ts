import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { flattenPoints } from '../flatten-points.ts'
import type { MetricsRequest } from '../proto.ts'
import { stringAttributes } from '../proto.ts'
import { SCAN_OUTCOMES } from '../scan-outcomes.ts'
import { seriesFingerprint } from './reference.ts'
import { ATTRIBUTES_MAX, ofRequest } from './scanned.ts'

const architecture = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8')

const VECTORS: ReadonlyArray<readonly [string, MetricsRequest]> = [
  [
    '4679fc1f0561da4f',
    { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ gauge: { dataPoints: [{ asInt: 1 }] } }] }] }] },
  ],
  [
    '3a1dfc922add5eaa',
    {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'queue.depth',
                  unit: '{item}',
                  gauge: { dataPoints: [{ asInt: 1, attributes: stringAttributes({ queue: 'orders' }) }] },
                },
              ],
            },
          ],
        },
      ],
    },
  ],
  [
    '2fea48050d810bb4',
    {
      resourceMetrics: [
        {
          resource: { attributes: stringAttributes({ 'service.name': 'shop' }) },
          scopeMetrics: [
            {
              scope: { name: 'meter', version: '1.2' },
              metrics: [
                {
                  name: 'requests',
                  unit: '1',
                  sum: {
                    aggregationTemporality: 2,
                    isMonotonic: true,
                    dataPoints: [
                      {
                        asInt: 1,
                        attributes: [
                          ...stringAttributes({ method: 'GET' }),
                          { key: 'status', value: { intValue: 200 } },
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
    },
  ],
  [
    '0e44f102f022ccb4',
    {
      resourceMetrics: [
        {
          resource: {
            attributes: stringAttributes({ 'service.name': 'schöner laden' }),
            droppedAttributesCount: 2,
          },
          schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
          scopeMetrics: [
            {
              scope: {
                name: 'meter',
                attributes: [{ key: 'own', value: { boolValue: true } }],
                droppedAttributesCount: 1,
              },
              schemaUrl: 'https://opentelemetry.io/schemas/1.31.0',
              metrics: [
                {
                  name: 'duration',
                  unit: 's',
                  histogram: {
                    aggregationTemporality: 1,
                    dataPoints: [
                      {
                        attributes: [
                          { key: 'load', value: { doubleValue: 0.5 } },
                          { key: 'zones', value: { arrayValue: { values: [{ stringValue: 'a' }, {}] } } },
                          { key: 'hash', value: { bytesValue: Buffer.from([0xff]) } },
                          { key: 'none', value: {} },
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
    },
  ],
]

describe('the golden vectors of series in docs/architecture.md', () => {
  test.each(VECTORS)('%s', (expected, request) => {
    expect(ofRequest(request)).toEqual([expected])
    expect(flattenPoints(request, ATTRIBUTES_MAX, SCAN_OUTCOMES).map(seriesFingerprint)).toEqual([expected])
    expect(architecture).toContain(`| \`${expected}\` |`)
  })
})
