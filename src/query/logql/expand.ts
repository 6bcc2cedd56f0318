import type { Matcher } from 're2js'

const REFERENCE = /\$(?:\$|([A-Za-z0-9_]+)|\{([A-Za-z0-9_]+)\})/g

/** A replacement by Go's rules: `$1`, `${1}`, `$name`, and `$$` for a dollar; what the pattern has not is empty. */
export function expand(template: string, matcher: Matcher): string {
  return template.replace(REFERENCE, (whole, plain: string | undefined, braced: string | undefined) => {
    if (whole === '$$') return '$'
    const name = plain ?? braced!
    if (/^\d+$/.test(name)) {
      const index = Number(name)
      return index <= matcher.groupCount() ? (matcher.group(index) ?? '') : ''
    }
    return name in matcher.namedGroups ? (matcher.group(name) ?? '') : ''
  })
}
