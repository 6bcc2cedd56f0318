/** A label's name as it stands in a path: `U__http_2e_route` is `http.route`, by Prometheus' escaping of values. */
export function unescapedName(text: string): string {
  if (!text.startsWith('U__')) return text
  let name = ''
  let rest = text.slice(3)
  while (rest !== '') {
    const escaped = /^_(?:(_)|([0-9a-f]{1,6})_)/.exec(rest)
    if (escaped === null && rest.startsWith('_')) return text
    const code = escaped?.[2] === undefined ? undefined : Number.parseInt(escaped[2], 16)
    if (code !== undefined && code > 0x10ffff) return text
    name += escaped === null ? rest[0]! : code === undefined ? '_' : String.fromCodePoint(code)
    rest = rest.slice(escaped === null ? 1 : escaped[0].length)
  }
  return name
}
