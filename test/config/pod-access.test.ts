import { describe, expect, it } from 'vitest'
import { podAccess } from '../../src/config/pod-access.ts'

describe('the section of access to pods', () => {
  it("has Loco's labels, of the namespace first, and asks no cluster", () => {
    expect(podAccess.parse({})).toEqual({
      tenantLabels: ['loco.io/workspace-id', 'loco.workspace.id'],
      tenantFrom: ['namespace', 'pod'],
      subjectAccessReview: false,
      groups: ['system:authenticated'],
      cacheMs: 30_000,
      cacheEntriesMax: 10_000,
    })
  })

  it.each<[what: string, section: Record<string, unknown>, message: string]>([
    [
      'a label with spaces',
      { tenantLabels: ['a b'] },
      'the key of a Kubernetes label, such as loco.io/workspace-id',
    ],
    [
      'a label with two slashes',
      { tenantLabels: ['a/b/c'] },
      'the key of a Kubernetes label, such as loco.io/workspace-id',
    ],
    ['another source', { tenantFrom: ['node'] }, 'one of namespace, pod'],
    ['a cache that never ages', { cacheMs: 0 }, 'a whole number from 1000 to 600000'],
    ['a prefix with a space', { usernamePrefix: 'a b' }, 'a prefix such as oidc:'],
  ])('refuses %s', (_, section, message) => {
    expect(podAccess.safeParse(section).error!.issues.map((issue) => issue.message)).toEqual([message])
  })

  it('refuses what it does not know, and empty lists', () => {
    for (const section of [{ tenantLabel: [] }, { tenantLabels: [] }, { tenantFrom: [] }])
      expect(podAccess.safeParse(section).success).toBe(false)
  })
})
