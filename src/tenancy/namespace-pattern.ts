/**
 * Takes the tenant out of a namespace name by a pattern with one `*`, such as `ws-*`. Undefined if the name does
 * not fit or leaves nothing for the tenant.
 */
export function namespaceMatcher(pattern: string): (namespace: string) => string | undefined {
  const star = pattern.indexOf('*')
  const before = pattern.slice(0, star)
  const after = pattern.slice(star + 1)
  return (namespace) => {
    if (namespace.length <= before.length + after.length) return undefined
    if (!namespace.startsWith(before) || !namespace.endsWith(after)) return undefined
    return namespace.slice(before.length, namespace.length - after.length)
  }
}
