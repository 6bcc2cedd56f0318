/**
 * How OTLP's names read in Prometheus: OpenTelemetry's "Prometheus and OpenMetrics compatibility", with units and types as
 * suffixes and everything but letters, digits and colons escaped. Pure.
 */

/** What of a metric its name in Prometheus depends on. */
export type NamedMetric = {
  readonly name: string
  /** UCUM, as sent: `s`, `By/s`, `{request}`, `1`. */
  readonly unit: string
  /** As `metric_series.MetricType` has it. */
  readonly type: string
  /** Of sums. */
  readonly monotonic: boolean
}

/** The metric that carries the attributes of a resource. */
export const TARGET_INFO = 'target_info'

const UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  // Prometheus' own spelling up to 3.x; dashboards have it.
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
])

/** What stands behind a slash is one of it: `m` is a minute there. */
const UNITS_PER: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
])

const SEPARATORS = /[^A-Za-z0-9:]+/

const words = (text: string): string[] => text.split(SEPARATORS).filter((word) => word !== '')

/** A unit's word; nothing for an annotation such as `{request}`, which is none. */
function unitWord(unit: string, known: ReadonlyMap<string, string>): string {
  const code = unit.trim()
  if (/[{}]/.test(code)) return ''
  return words(known.get(code) ?? code).join('_')
}

/** `By/s` → `bytes`, `per_second`. */
function unitWords(unit: string): string[] {
  const slash = unit.indexOf('/')
  const main = unitWord(slash < 0 ? unit : unit.slice(0, slash), UNITS)
  const per = slash < 0 ? '' : unitWord(unit.slice(slash + 1), UNITS_PER)
  return [main, per === '' ? '' : `per_${per}`].filter((word) => word !== '')
}

/**
 * The name of a metric family: `http.server.request.duration` in `s` → `http_server_request_duration_seconds`. Empty if no
 * character of the name is one that Prometheus has.
 */
export function prometheusName({ name, unit, type, monotonic }: NamedMetric): string {
  let parts = words(name)
  for (const word of unitWords(unit)) if (!parts.includes(word)) parts.push(word)
  const last = type === 'sum' && monotonic ? 'total' : type === 'gauge' && unit === '1' ? 'ratio' : undefined
  // Moved to the end where it stands elsewhere.
  if (last !== undefined) parts = [...parts.filter((part) => part !== last), last]
  const joined = parts.join('_')
  return /^[0-9]/.test(joined) ? `_${joined}` : joined
}

/** The names that a metric's series have: a histogram is buckets, a sum and a count. */
export function prometheusSeriesNames(metric: NamedMetric): string[] {
  const family = prometheusName(metric)
  switch (metric.type) {
    case 'histogram':
      return [`${family}_bucket`, `${family}_count`, `${family}_sum`]
    case 'summary':
      return [family, `${family}_count`, `${family}_sum`]
    default:
      return [family]
  }
}

/** The label that an attribute is: `http.route` → `http_route`. A label may not start with a digit or a single underscore. */
export function prometheusLabel(attribute: string): string {
  const label = attribute.replace(/[^A-Za-z0-9_]/gu, '_')
  if (/^[0-9]/.test(label)) return `key_${label}`
  return /^_(?!_)/.test(label) ? `key${label}` : label
}
