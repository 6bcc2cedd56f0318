import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import { logsCardinalityParameters } from '../../src/query/cardinality/logs/route.ts'
import { cardinalityParameters } from '../../src/query/cardinality/parameters.ts'
import { ERROR_STATUS } from '../../src/query/errors.ts'
import { logsParameters } from '../../src/query/logs/parameters.ts'
import { metricNamesParameters } from '../../src/query/metrics/names-route.ts'
import { metricSeriesParameters } from '../../src/query/metrics/series-route.ts'
import { recommendationsParameters } from '../../src/query/recommendations/parameters.ts'
import { tracesParameters } from '../../src/query/traces/search-parameters.ts'
import { traceParameters } from '../../src/query/traces/trace-route.ts'
import { testEndpoints } from './support.ts'

const PARAMETERS = [
  logsParameters,
  tracesParameters,
  traceParameters,
  metricNamesParameters,
  metricSeriesParameters,
]
const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')

describe('docs/api.md', () => {
  it('names every parameter', () => {
    const fixed = [cardinalityParameters, logsCardinalityParameters, recommendationsParameters]
    const shapes = [...fixed, ...PARAMETERS.map((made) => made(defaultConfig().query))]
    for (const name of shapes.flatMap(({ shape }) => Object.keys(shape)))
      expect(text).toContain(`\`${name}\``)
  })

  it('names every error code beside its status', () => {
    for (const [code, status] of Object.entries(ERROR_STATUS))
      expect(text).toMatch(new RegExp(`^\\|[ 0-9]*${status}[ 0-9]*\\|.*\`${code}\``, 'm'))
  })

  it('names every endpoint', () => {
    const routes = testEndpoints(defaultConfig())
    for (const { methods, path } of routes)
      expect(text).toContain(`${methods.includes('GET') ? 'GET' : methods[0]} ${path}\``)
  })
})
