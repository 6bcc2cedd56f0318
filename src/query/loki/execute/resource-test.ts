import type { Matcher } from '../../logql/ast.ts'
import { compileMatcher } from '../../logql/matcher.ts'
import type { TextTest } from '../../logql/regex.ts'
import { type ResourceLabels, TENANT_LABEL } from './labels.ts'

/** Does a selector mean this resource? By its stream labels, then by the short names. */
export type ResourceTest = (labels: ResourceLabels) => boolean

/** Of selectors whose matchers on `__tenant_id__` were applied to the tenants before: {@link ofTenant}. */
export function resourceTest(matchers: ReadonlyArray<Matcher>): ResourceTest {
  const tests = matchers
    .filter(({ name }) => name !== TENANT_LABEL)
    .map((matcher) => ({ name: matcher.name, matches: rememberedTest(compileMatcher(matcher)) }))
  return ({ stream, aliases }) =>
    tests.every(({ name, matches }) => matches(stream.get(name) ?? aliases.get(name) ?? ''))
}

/** Do the matchers on `__tenant_id__`, if there are any, mean this tenant? */
export function ofTenant(matchers: ReadonlyArray<Matcher>, tenantId: string): boolean {
  return matchers.every((matcher) => matcher.name !== TENANT_LABEL || compileMatcher(matcher)(tenantId))
}

/** Bounded: a tail lives for days, and pods come and go. */
const REMEMBERED_MAX = 10_000

/** Regular expressions are asked once per value: thousands of resources share few of them. */
function rememberedTest(test: TextTest): TextTest {
  const known = new Map<string, boolean>()
  return (text) => {
    let matches = known.get(text)
    if (matches === undefined) {
      matches = test(text)
      if (known.size < REMEMBERED_MAX) known.set(text, matches)
    }
    return matches
  }
}
