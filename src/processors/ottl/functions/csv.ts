/**
 * The fields of a text that is one row of CSV (RFC 4180, as Go's encoding/csv reads it), whose fields may have line
 * breaks in them; undefined if it is none. `lazy`: a quote may stand in a field that is not quoted.
 */
export function csvRow(text: string, delimiter: string, lazy: boolean): string[] | undefined {
  const row = text.replace(/^[\r\n]+|[\r\n]+$/g, '')
  if (row === '') return undefined
  const fields: string[] = []
  for (let at = 0; at <= row.length; ) {
    const field = row[at] === '"' ? quoted(row, at, delimiter, lazy) : bare(row, at, delimiter, lazy)
    if (field === undefined) return undefined
    fields.push(field.text)
    at = field.end + delimiter.length
  }
  return fields
}

/** A field, and where it ends: at the delimiter or the end of the row. */
type Field = { readonly text: string; readonly end: number }

function bare(row: string, start: number, delimiter: string, lazy: boolean): Field | undefined {
  const found = row.indexOf(delimiter, start)
  const end = found === -1 ? row.length : found
  const text = row.slice(start, end)
  return text.includes('"') && !lazy ? undefined : { text, end }
}

function quoted(row: string, start: number, delimiter: string, lazy: boolean): Field | undefined {
  let text = ''
  for (let at = start + 1; ; ) {
    const quote = row.indexOf('"', at)
    if (quote === -1) return lazy ? { text: text + row.slice(at), end: row.length } : undefined
    text += row.slice(at, quote)
    const end = quote + 1
    if (end === row.length || row.startsWith(delimiter, end)) return { text, end }
    if (row[end] !== '"' && !lazy) return undefined
    text += '"'
    at = row[end] === '"' ? end + 1 : end
  }
}
