import { describe, expect, it } from 'vitest'
import { parseProcessors } from '../../../src/processors/pipeline.ts'

function said(config: unknown): { issues: string[]; warnings: string[] } {
  const parsed = parseProcessors({ cardinality_limit: config })
  const [issues, warnings] = 'issues' in parsed ? [parsed.issues, []] : [[], parsed.plan.warnings]
  const text = ({ path, message }: { path: ReadonlyArray<string | number>; message: string }): string =>
    `${path.join('.')}: ${message}`
  return { issues: issues.map(text), warnings: warnings.map(text) }
}

describe('what is wrong is said with its place', () => {
  it.each<[unknown, string]>([
    [{}, 'cardinality_limit: has no limit: write limit, or limits with metric or tenant'],
    [{ dryRun: true }, 'cardinality_limit: has no limit: write limit, or limits with metric or tenant'],
    [7, 'cardinality_limit: expected a map'],
    [{ limit: -1 }, 'cardinality_limit.limit: expected a number of series, 0 to 1000000000'],
    [{ limit: 1.5 }, 'cardinality_limit.limit: expected a number of series, 0 to 1000000000'],
    [{ limit: '10k' }, 'cardinality_limit.limit: expected a number of series, 0 to 1000000000'],
    [
      { limits: {} },
      'cardinality_limit.limits: expected a list of at most 1000 maps with metric, tenant and limit',
    ],
    [
      { limits: [{ metric: 'a' }] },
      'cardinality_limit.limits.0: has no limit: write limit, growthPerMinute or labels',
    ],
    [
      { limits: [{ metric: '', limit: 1 }] },
      'cardinality_limit.limits.0.metric: expected a text of 1 to 1024 characters, such as http.* or *',
    ],
    [
      { limits: [{ metrik: 'a', limit: 1 }] },
      'cardinality_limit.limits.0.metrik: unknown key (did you mean metric?)',
    ],
    [{ limit: 1, dryrun: true }, 'cardinality_limit.dryrun: unknown key (did you mean dryRun?)'],
    [{ limit: 1, dryRun: 'yes' }, 'cardinality_limit.dryRun: expected true or false'],
    [
      { limit: 1, policy: 'dropp' },
      'cardinality_limit.policy: unknown policy (did you mean drop?); write one of drop, overflow, strip',
    ],
    [
      { limits: [{ limit: 1, policy: 7 }] },
      'cardinality_limit.limits.0.policy: unknown policy; write one of drop, overflow, strip',
    ],
    [
      { growthPerMinute: -1 },
      'cardinality_limit.growthPerMinute: expected a number of series, 0 to 1000000000',
    ],
    [
      { labels: [{ label: 'user' }] },
      'cardinality_limit.labels.0: has no limit: write limit or growthPerMinute',
    ],
    [
      { labels: [{ label: 'user', limit: 'few' }] },
      'cardinality_limit.labels.0.limit: expected a number of values, 0 to 1000000000',
    ],
    [{ limit: 1, gauge: 'median' }, 'cardinality_limit.gauge: expected one of sum, avg, min, max, last'],
    [
      { limit: 1, foldMembersMax: 5 },
      'cardinality_limit.foldMembersMax: is for all limiters together: write it in the section series of the configuration',
    ],
    [
      { limit: 1, idleAfterMs: 1000 },
      'cardinality_limit.idleAfterMs: is for all limiters together: write it in the section series of the configuration',
    ],
  ])('%j', (config, issue) => {
    expect(said(config)).toEqual({ issues: [issue], warnings: [] })
  })
})

it('warns of what is never reached', () => {
  const limits = [{ metric: 'a*', limit: 1 }, { limit: 2 }, { metric: 'b', limit: 3 }]
  expect(said({ limits, limit: 4 })).toEqual({
    issues: [],
    warnings: [
      'cardinality_limit.limits.2: is never reached: limits[1] is for every metric',
      'cardinality_limit.limit: is never reached: limits[1] is for every metric',
    ],
  })
  expect(said({ limits: limits.slice(0, 1), limit: 4, policy: 'drop' })).toEqual({ issues: [], warnings: [] })
})

it.each<[object, string[]]>([
  [{ limit: 0 }, ['cardinality_limit.limit: allows no series: it drops all data points']],
  [
    { limits: [{ metric: 'a*', limit: 0 }], limit: 5 },
    ['cardinality_limit.limits.0: allows no series: it drops all data points of metric a*, tenant *'],
  ],
  [
    { limits: [{ metric: 'a*', limit: 5 }], limit: 0 },
    ['cardinality_limit.limit: allows no series: it drops all data points of metric *, tenant *'],
  ],
  [{ limit: 0, policy: 'overflow' }, []],
  [{ growthPerMinute: 0 }, []],
])('a limit of no series: %j', (config, warnings) => {
  expect(said(config)).toEqual({ issues: [], warnings })
})
