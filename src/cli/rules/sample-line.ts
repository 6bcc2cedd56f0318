type Json = { readonly [name: string]: unknown }

/** A sample in one line: what it is, then its attributes. `isSafe`: it is masked, or was stored as it is. */
export function sampleLine(request: Json, isSafe: boolean): string {
  const found = innermost(request)
  const name = text(found.severityText) || text(found.name)
  const body = valueText(found.body) || text(found.metricName)
  const attributes = pairs(found.attributes)
  const mark = isSafe ? '' : '(not redacted) '
  return `${mark}${[name, body, attributes].filter((part) => part !== '').join(' ')}`
}

/** The record of an export request of one record; of a data point with the name of its metric. */
function innermost(request: Json): Json {
  const groups = first(request, ['resourceLogs', 'resourceSpans', 'resourceMetrics'])
  const scopes = first(groups, ['scopeLogs', 'scopeSpans', 'scopeMetrics'])
  const record = first(scopes, ['logRecords', 'spans', 'metrics'])
  for (const kind of ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary']) {
    const data = record[kind]
    if (typeof data === 'object' && data !== null)
      return { ...first(data as Json, ['dataPoints']), metricName: record.name }
  }
  return record
}

function first(json: Json, names: ReadonlyArray<string>): Json {
  for (const name of names) {
    const list = json[name]
    if (Array.isArray(list) && typeof list[0] === 'object' && list[0] !== null) return list[0] as Json
  }
  return {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The one member of an AnyValue. */
function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const [content] = Object.values(value)
  return typeof content === 'object' ? JSON.stringify(content) : String(content ?? '')
}

function pairs(attributes: unknown): string {
  if (!Array.isArray(attributes)) return ''
  return attributes.map(({ key, value }: Json) => `${text(key)}=${valueText(value)}`).join(' ')
}
