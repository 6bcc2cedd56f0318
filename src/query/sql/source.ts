import { idText } from '../../store/tables/types.ts'
import { Fragment } from './fragment.ts'

/** The part of a table's declaration that reading needs. */
export type DeclaredTable = {
  readonly name: string
  readonly columns: ReadonlyArray<{ readonly name: string }>
}

/** A table that can be read: the only place where identifiers enter SQL, all of them declared ones. */
export type Source = {
  readonly table: Fragment
  /** Throws if the table has no such column. */
  column(name: string): Fragment
  /** An id column as lower hex, empty where absent: exactly the expression that its bloom filter is built on. */
  idText(name: string): Fragment
}

/** A column of a Nested one has a dot in its name. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/

function identifier(name: string): string {
  if (!IDENTIFIER.test(name)) throw new TypeError(`BUG: ${JSON.stringify(name)} is not an identifier`)
  return `\`${name}\``
}

export function source(database: string, table: DeclaredTable): Source {
  const columns = new Map(table.columns.map(({ name }) => [name, identifier(name)]))
  function columnOf(name: string): string {
    const column = columns.get(name)
    if (column === undefined) throw new TypeError(`BUG: table ${table.name} has no column ${name}`)
    return column
  }
  return {
    table: new Fragment([`${identifier(database)}.${identifier(table.name)}`], []),
    column: (name) => new Fragment([columnOf(name)], []),
    idText: (name) => new Fragment([idText(columnOf(name))], []),
  }
}
