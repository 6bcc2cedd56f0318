import { z } from 'zod'
import { flag, oneOf, text, wholeNumber } from './fields.ts'

/** Who may follow which pods: the section `access` of `kubernetes`. */

const TENANT_SOURCES = ['namespace', 'pod'] as const

const labelKey = () =>
  text({
    expected: 'the key of a Kubernetes label, such as loco.io/workspace-id',
    pattern: /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    lengthMax: 317,
  })

export const podAccess = z.strictObject({
  tenantLabels: z
    .array(labelKey())
    .min(1)
    .max(10)
    .prefault(['loco.io/workspace-id', 'loco.workspace.id'])
    .describe('Labels that name the tenant of a namespace or pod; the first that is there counts.'),
  tenantFrom: z
    .array(oneOf(TENANT_SOURCES))
    .min(1)
    .max(TENANT_SOURCES.length)
    .prefault([...TENANT_SOURCES])
    .describe(
      'Where the labels are looked for, in this order. Without namespace the account needs no right on namespaces; without pod nobody names a tenant who can only create pods.',
    ),
  subjectAccessReview: flag()
    .prefault(false)
    .describe('Asks the cluster whether the caller may `get pods/log` in the namespace.'),
  usernamePrefix: text({ expected: 'a prefix such as oidc:', pattern: /^[!-~]{1,128}$/ })
    .optional()
    .describe('Before the name of the caller, it is the user that the cluster knows.'),
  groups: z
    .array(text({ expected: 'the name of a group', lengthMax: 256 }))
    .max(100)
    .prefault(['system:authenticated'])
    .describe('Groups that the cluster is to count the caller to.'),
  cacheMs: wholeNumber({ min: 1000, max: 600_000 })
    .prefault(30_000)
    .describe('How long the labels of a namespace and an answer about access are believed.'),
  cacheEntriesMax: wholeNumber({ min: 1, max: 1_000_000 }).prefault(10_000),
})

export type PodAccessConfig = z.output<typeof podAccess>
