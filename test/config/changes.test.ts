import { expect, it } from 'vitest'
import { changesNothing, configChanges } from '../../src/config/changes.ts'
import { Secret } from '../../src/config/secret.ts'

/**
 * Scenario: two configurations side by side. Guarantees: every processor that came, went or changed is named, rules are told
 * by what they say and not by where they stand; outside of processors only paths are told, secrets too.
 */

const NOTHING = { added: [], removed: [], changed: [], reordered: false, needsRestart: [] }
const filter = (...rules: string[]): object => ({ logs: { log_record: rules } })

it.each([
  ['the same', { a: filter('x') }, { a: filter('x') }, {}],
  ['a new processor', {}, { a: {} }, { added: ['a'] }],
  ['one less', { a: {}, b: {} }, { b: {} }, { removed: ['a'] }],
  ['another order', { a: {}, b: {} }, { b: {}, a: {} }, { reordered: true }],
  ['a commented-out block is an empty one', { a: null }, { a: {} }, {}],
  [
    'a rule before another',
    { a: filter('x') },
    { a: filter('y', 'x') },
    { changed: [{ processor: 'a', changes: [{ path: 'logs.log_record[0]', after: '"y"' }] }] },
  ],
  [
    'a rule less, and a flag',
    { a: { ...filter('x', 'y'), dryRun: true } },
    { a: { ...filter('y'), dryRun: false } },
    {
      changed: [
        {
          processor: 'a',
          changes: [
            { path: 'logs.log_record[0]', before: '"x"' },
            { path: 'dryRun', before: 'true', after: 'false' },
          ],
        },
      ],
    },
  ],
  [
    'the same rules in another order',
    { a: filter('x', 'y') },
    { a: filter('y', 'x') },
    {
      changed: [
        {
          processor: 'a',
          changes: [{ path: 'logs.log_record', before: '"in another order"', after: '"in another order"' }],
        },
      ],
    },
  ],
  [
    'a block that comes',
    { a: {} },
    { a: filter('x') },
    { changed: [{ processor: 'a', changes: [{ path: 'logs.log_record[0]', after: '"x"' }] }] },
  ],
])('%s', (_name, before, after, expected) => {
  const changes = configChanges({ processors: before }, { processors: after })
  expect(changes).toEqual({ ...NOTHING, ...expected })
  expect(changesNothing(changes)).toBe(Object.keys(expected).length === 0)
})

it('names what needs a restart, and tells no value of it', () => {
  const before = { spool: { bytesMax: 1 }, credentials: [{ name: 'a', token: new Secret('one') }] }
  const after = { spool: { bytesMax: 2 }, credentials: [{ name: 'a', token: new Secret('two') }] }
  const changes = configChanges(before, after)
  expect(changes.needsRestart).toEqual(['spool.bytesMax', 'credentials[0]', 'credentials[0]'])
  expect(JSON.stringify(changes)).not.toMatch(/one|two/)
  expect(
    configChanges(before, { ...before, credentials: [{ name: 'a', token: new Secret('one') }] }),
  ).toEqual(NOTHING)
})
