import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import { cardinalityParameters } from '../../src/query/cardinality/parameters.ts'
import { ERROR_STATUS } from '../../src/query/errors.ts'
import { logsParameters } from '../../src/query/logs/parameters.ts'
import { createRoutes } from '../../src/query/routes.ts'
import { logs } from '../../src/store/tables/logs.ts'
import { metricSeries } from '../../src/store/tables/metric-series.ts'
import { resources } from '../../src/store/tables/resources.ts'

const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')

describe('docs/api.md', () => {
  it('names every parameter', () => {
    const shapes = [logsParameters(defaultConfig().query).shape, cardinalityParameters.shape]
    for (const name of shapes.flatMap((shape) => Object.keys(shape))) expect(text).toContain(`\`${name}\``)
  })

  it('names every error code beside its status', () => {
    for (const [code, status] of Object.entries(ERROR_STATUS))
      expect(text).toMatch(new RegExp(`^\\|[ 0-9]*${status}[ 0-9]*\\|.*\`${code}\``, 'm'))
  })

  it('names every endpoint', () => {
    const parts = {
      reader: { name: 'weir' },
      tables: { logs, resources, metricSeries },
      limits: defaultConfig().query,
    }
    for (const { path } of createRoutes(parts as never)) expect(text).toContain(`GET ${path}\``)
  })
})
