/**
 * Pieces of SQL that cannot hold user text: a fragment is made of literals from our source files, of declared
 * identifiers (`Source.column`) and of bound values. A plain string is refused, by type and at run time.
 */

/** ClickHouse types that values are bound as. */
export type BoundType =
  | 'String'
  | 'Int64'
  | 'UInt64'
  | 'UInt32'
  | 'UInt8'
  | 'Float64'
  | 'Decimal64(3)'
  | 'Array(String)'
export type BoundValue = string | number | bigint | ReadonlyArray<string>

type Bound = { readonly type: BoundType; readonly value: BoundValue }

export class Fragment {
  /** Always one longer than `bounds`: the text before, between and after them. */
  readonly texts: ReadonlyArray<string>
  readonly bounds: ReadonlyArray<Bound>

  constructor(texts: ReadonlyArray<string>, bounds: ReadonlyArray<Bound>) {
    this.texts = texts
    this.bounds = bounds
  }
}

/** A value that travels beside the statement, never inside it. */
export function bind(type: BoundType, value: BoundValue): Fragment {
  return new Fragment(['', ''], [{ type, value }])
}

/** SQL written in the source: `` sql`${logs.column('Pod')} = ${bind('String', pod)}` ``. */
export function sql(literals: TemplateStringsArray, ...parts: ReadonlyArray<Fragment>): Fragment {
  const texts = [literals[0]!]
  const bounds: Bound[] = []
  parts.forEach((part, i) => {
    if (!(part instanceof Fragment))
      throw new TypeError('BUG: only fragments and bound values may stand in SQL')
    texts[texts.length - 1] += part.texts[0]!
    texts.push(...part.texts.slice(1))
    bounds.push(...part.bounds)
    texts[texts.length - 1] += literals[i + 1]!
  })
  return new Fragment(texts, bounds)
}

export function join(fragments: ReadonlyArray<Fragment>, separator: ' AND ' | ' OR ' | ', '): Fragment {
  const [first, ...rest] = fragments
  if (first === undefined) throw new TypeError('BUG: nothing to join')
  const comma = new Fragment([separator], [])
  return rest.reduce((joined, fragment) => sql`${joined}${comma}${fragment}`, first)
}

export type Statement = {
  readonly sql: string
  readonly parameters: Readonly<Record<string, BoundValue>>
}

/** Gives the bound values their names (`p0`, `p1`, …) in the order in which they stand. */
export function render(fragment: Fragment): Statement {
  const parameters: Record<string, BoundValue> = {}
  let text = fragment.texts[0]!
  fragment.bounds.forEach((bound, i) => {
    parameters[`p${i}`] = bound.value
    text += `{p${i}:${bound.type}}${fragment.texts[i + 1]!}`
  })
  return { sql: text, parameters }
}
