import type { Config } from '../config/schema.ts'

/** What a retention policy may look at. */
export type RetentionFacts = {
  readonly tenantId: string
  readonly namespace: string
  readonly serviceName: string
}

/** How many days rows of a resource live: always one of the classes. Asked once per resource, not per record. */
export type RetentionDaysOf = (facts: RetentionFacts) => number

/** The first policy that fits decides, its days rounded up to a class; else the default. */
export function retentionDaysOf({ classes, defaultDays, policies }: Config['retention']): RetentionDaysOf {
  const rules = policies.map(({ tenant, namespace, service, days }) => ({
    tenant: matcher(tenant),
    namespace: matcher(namespace),
    service: matcher(service),
    days: classes.find((candidate) => candidate >= days) ?? classes.at(-1)!,
  }))
  return ({ tenantId, namespace, serviceName }) => {
    for (const rule of rules)
      if (rule.tenant(tenantId) && rule.namespace(namespace) && rule.service(serviceName)) return rule.days
    return defaultDays
  }
}

type Matcher = (text: string) => boolean

/** Exact, or with `*` for any run of characters; linear in the text. */
function matcher(pattern: string | undefined): Matcher {
  if (pattern === undefined) return () => true
  const parts = pattern.split('*')
  if (parts.length === 1) return (text) => text === pattern
  const first = parts[0]!
  const last = parts.at(-1)!
  const between = parts.slice(1, -1)
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false
    let at = first.length
    for (const part of between) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= text.length - last.length
  }
}
