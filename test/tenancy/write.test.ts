import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Scope, TenancyConfig } from '../../src/config/access.ts'
import { loadConfig } from '../../src/config/load.ts'
import { Outcomes } from '../../src/otlp/outcomes.ts'
import { Refusal, type RefusalKind } from '../../src/otlp/refusal.ts'
import { ANONYMOUS, type Caller } from '../../src/tenancy/caller.ts'
import { writeTenancy } from '../../src/tenancy/write.ts'
import { loadOptions } from '../config/load-options.ts'
import { attributesOf, batchOf, type ResourceSpec, type Value } from './batches.ts'

const ATTRIBUTE = 'loco.workspace.id'
const NAMESPACE = 'k8s.namespace.name'

function tenancy(yaml: string): TenancyConfig {
  return loadConfig(`tenancy: ${yaml}`, loadOptions()).config.tenancy
}

function caller(tenants: '*' | string[], ...scopes: Scope[]): Caller {
  return { name: 'c', tenants: tenants === '*' ? '*' : new Set(tenants), scopes: new Set(scopes) }
}

const collector = caller('*', 'write', 'assign-tenant')
const fenced = caller(['a', 'b'], 'write', 'assign-tenant')
const app = caller(['a'], 'write')
const shared = caller(['a', 'b'], 'write')

/** Tenant and fate of each resource's records. */
function assign(
  config: TenancyConfig,
  who: Caller,
  header: string | undefined,
  resources: ReadonlyArray<ResourceSpec>,
) {
  const outcomes = new Outcomes()
  const batch = batchOf(resources)
  writeTenancy(config, outcomes).assignTenants(batch, who, header)
  const fates = Array.from({ length: batch.records.count }, (_, i) =>
    batch.verdicts[i] === 0 ? batch.tenantOf(i) : outcomes.get(batch.verdicts[i]!).reason,
  )
  return { batch, fates }
}

const claims = (...attributes: ReadonlyArray<readonly [string, Value]>): ResourceSpec => ({ attributes })

describe('multi: the tenant of a resource, or why it has none', () => {
  const plain = tenancy('multi')
  const patterned = tenancy('{ mode: multi, namespacePattern: "ws-*-prod" }')
  const withStatic = tenancy('{ mode: multi, static: platform }')

  it.each<[name: string, TenancyConfig, Caller, header: string | undefined, ResourceSpec, expected: string]>([
    ['attribute, trusted', plain, collector, undefined, claims([ATTRIBUTE, 'a']), 'a'],
    ['attribute, trusted, a number', plain, collector, undefined, claims([ATTRIBUTE, 42n]), '42'],
    [
      'attribute, trusted, beyond 2^53',
      plain,
      collector,
      undefined,
      claims([ATTRIBUTE, 9007199254740993n]),
      '9007199254740993',
    ],
    ['attribute, trusted, negative', plain, collector, undefined, claims([ATTRIBUTE, -1n]), '-1'],
    ['attribute over header', plain, collector, 'b', claims([ATTRIBUTE, 'a']), 'a'],
    ['empty attribute is none', plain, collector, 'b', claims([ATTRIBUTE, '']), 'b'],
    [
      'attribute among others',
      plain,
      collector,
      undefined,
      claims(['x', 'y'], [ATTRIBUTE, 'a'], [`${ATTRIBUTE}2`, 'b']),
      'a',
    ],
    [
      'attribute twice',
      plain,
      collector,
      undefined,
      claims([ATTRIBUTE, 'a'], [ATTRIBUTE, 'a']),
      'tenant_invalid',
    ],
    ['attribute is a bool', plain, collector, undefined, claims([ATTRIBUTE, true]), 'tenant_invalid'],
    ['attribute climbs', plain, collector, undefined, claims([ATTRIBUTE, '../a']), 'tenant_invalid'],
    ['attribute is ..', plain, collector, undefined, claims([ATTRIBUTE, '..']), 'tenant_invalid'],
    ['attribute has 150', plain, collector, undefined, claims([ATTRIBUTE, 'a'.repeat(150)]), 'a'.repeat(150)],
    [
      'attribute has 151',
      plain,
      collector,
      undefined,
      claims([ATTRIBUTE, 'a'.repeat(151)]),
      'tenant_invalid',
    ],
    [
      'attribute beyond its credential',
      plain,
      fenced,
      undefined,
      claims([ATTRIBUTE, 'c']),
      'tenant_forbidden',
    ],
    ['attribute, not trusted', plain, app, undefined, claims([ATTRIBUTE, 'b']), 'a'],
    ['attribute, not trusted, no other', plain, shared, undefined, claims([ATTRIBUTE, 'b']), 'no_tenant'],
    ['attribute, anonymous', plain, ANONYMOUS, undefined, claims([ATTRIBUTE, 'b']), 'no_tenant'],
    ['header', plain, shared, 'b', claims(), 'b'],
    ['header, anonymous', plain, ANONYMOUS, 'b', claims(), 'b'],
    ['the only one', plain, app, undefined, claims(), 'a'],
    ['none', plain, collector, undefined, claims(['service.name', 'x']), 'no_tenant'],
    ['namespace', patterned, collector, undefined, claims([NAMESPACE, 'ws-7-prod']), '7'],
    [
      'attribute over namespace',
      patterned,
      collector,
      undefined,
      claims([NAMESPACE, 'ws-7-prod'], [ATTRIBUTE, 'a']),
      'a',
    ],
    ['namespace over header', patterned, collector, 'b', claims([NAMESPACE, 'ws-7-prod']), '7'],
    ['namespace without tenant', patterned, collector, 'b', claims([NAMESPACE, 'ws--prod']), 'b'],
    ['namespace too short', patterned, collector, 'b', claims([NAMESPACE, 'ws-prod']), 'b'],
    ['other namespace', patterned, collector, undefined, claims([NAMESPACE, 'kube-system']), 'no_tenant'],
    ['namespace, not trusted', patterned, shared, undefined, claims([NAMESPACE, 'ws-b-prod']), 'no_tenant'],
    ['static', withStatic, collector, undefined, claims(), 'platform'],
    ['static after header', withStatic, collector, 'b', claims(), 'b'],
    ['static beyond its credential', withStatic, shared, undefined, claims(), 'tenant_forbidden'],
  ])('%s', (_name, config, who, header, resource, expected) => {
    expect(assign(config, who, header, [resource]).fates).toEqual([expected])
  })

  it("a header that is not the caller's refuses the whole request", () => {
    const refusal = (who: Caller, header: string): RefusalKind | undefined => {
      try {
        assign(plain, who, header, [claims()])
      } catch (error) {
        if (error instanceof Refusal) return error.kind
        throw error
      }
      return undefined
    }
    expect(refusal(app, 'b')).toBe('forbidden')
    expect(refusal(collector, '../b')).toBe('malformed')
    expect(refusal(collector, 'b')).toBeUndefined()
  })

  it('each resource has its own fate, and records dropped before stay dropped', () => {
    const batch = batchOf([
      { attributes: [[ATTRIBUTE, 'a']], records: 2 },
      { attributes: [], records: 3 },
      { attributes: [[ATTRIBUTE, 'b']], records: 1 },
      { attributes: [[ATTRIBUTE, 'a']], records: 1 },
    ])
    const outcomes = new Outcomes()
    const before = outcomes.register({ kind: 'rejected', reason: 'before', sentence: '' })
    batch.verdicts[3] = before
    writeTenancy(plain, outcomes).assignTenants(batch, collector, undefined)
    expect(Array.from({ length: 7 }, (_, i) => batch.tenantOf(i))).toEqual(['a', 'a', '', '', '', 'b', 'a'])
    expect(batch.tenants).toEqual(['a', '', 'b'])
    expect(Array.from(batch.verdicts.subarray(0, 7), (n) => outcomes.get(n).reason)).toEqual([
      'kept',
      'kept',
      'no_tenant',
      'before',
      'no_tenant',
      'kept',
      'kept',
    ])
  })
})

describe('a forged claim', () => {
  it('is gone from what is stored, and nothing else is', () => {
    const attributes = [
      ['a', '1'],
      [ATTRIBUTE, 'victim'],
      ['b', '2'],
      [ATTRIBUTE, 'other'],
      ['c', '3'],
    ] as const
    const { batch, fates } = assign(tenancy('multi'), app, undefined, [
      claims(...attributes),
      claims(['d', '4']),
    ])
    expect(fates).toEqual(['a', 'a'])
    expect(attributesOf(batch, 0)).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ])
    expect(attributesOf(batch, 1)).toEqual([['d', '4']])
  })

  it('stays where the caller is trusted', () => {
    const { batch } = assign(tenancy('multi'), collector, undefined, [claims([ATTRIBUTE, 'a'])])
    expect(attributesOf(batch, 0)).toEqual([[ATTRIBUTE, 'a']])
  })

  it('never decides, whatever stands around it', () => {
    const key = fc.oneof(fc.constant(ATTRIBUTE), fc.constant(NAMESPACE), fc.string({ maxLength: 20 }))
    const value = fc.oneof(fc.constant('victim'), fc.constant('ws-victim'), fc.string({ maxLength: 20 }))
    const config = tenancy('{ mode: multi, namespacePattern: "ws-*" }')
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(key, value), { maxLength: 12 }), { minLength: 1, maxLength: 12 }),
        (all) => {
          const { batch, fates } = assign(
            config,
            app,
            undefined,
            all.map((attributes) => ({ attributes })),
          )
          expect(new Set(fates)).toEqual(new Set(['a']))
          all.forEach((attributes, i) => {
            expect(attributesOf(batch, i)).toEqual(
              attributes
                .filter(([name]) => name !== ATTRIBUTE)
                .map(([name, text]) => [name, Buffer.from(text).toString()]),
            )
          })
        },
      ),
    )
  })
})

describe('single', () => {
  it('everything is the default tenant, whatever is claimed, and stays as it came', () => {
    const { batch, fates } = assign(tenancy('single'), ANONYMOUS, '../b', [
      claims([ATTRIBUTE, 'a']),
      claims(),
    ])
    expect(fates).toEqual(['default', 'default'])
    expect(attributesOf(batch, 0)).toEqual([[ATTRIBUTE, 'a']])
  })
})

describe('identity of a sender', () => {
  const multi = writeTenancy(tenancy('multi'), new Outcomes())

  it('tells apart what would be stored differently', () => {
    const identities = [
      multi.identity(collector, undefined),
      multi.identity(collector, 'a'),
      multi.identity(collector, 'b'),
      multi.identity(shared, undefined),
      multi.identity(shared, 'a'),
      multi.identity(ANONYMOUS, undefined),
    ]
    expect(new Set(identities).size).toBe(identities.length)
  })

  it('is one for a credential that was rotated', () => {
    const other = { ...collector, name: 'other', tenants: new Set(['a', 'z']) }
    expect(multi.identity(other, 'a')).not.toBe(multi.identity(collector, 'a'))
    expect(multi.identity(app, undefined)).toBe(multi.identity({ ...app, name: 'next' }, 'a'))
    const single = writeTenancy(tenancy('single'), new Outcomes())
    expect(single.identity(ANONYMOUS, 'x')).toBe(single.identity(app, undefined))
  })
})
