/**
 * A plain message as the text of OTLP/JSON, written down from the specification's rules alone ("JSON Protobuf
 * Encoding" of OTLP, and ProtoJSON, which it departs from). Where a sender may choose, `choose(n)` says which of n
 * spellings it is; 0 is the usual one.
 */
export function otlpJson(message: object, choose: (spellings: number) => number): string {
  return written(message, '', choose)
}

type Choose = (spellings: number) => number

/** Enums by the field that holds them. */
const ENUMS: Readonly<Record<string, ReadonlyArray<string>>> = {
  kind: ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
    (name) => `SPAN_KIND_${name}`,
  ),
  code: ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'],
  aggregationTemporality: [
    'AGGREGATION_TEMPORALITY_UNSPECIFIED',
    'AGGREGATION_TEMPORALITY_DELTA',
    'AGGREGATION_TEMPORALITY_CUMULATIVE',
  ],
  severityNumber: [
    'SEVERITY_NUMBER_UNSPECIFIED',
    'SEVERITY_NUMBER_TRACE',
    'SEVERITY_NUMBER_TRACE2',
    'SEVERITY_NUMBER_TRACE3',
    'SEVERITY_NUMBER_TRACE4',
    'SEVERITY_NUMBER_DEBUG',
    'SEVERITY_NUMBER_DEBUG2',
    'SEVERITY_NUMBER_DEBUG3',
    'SEVERITY_NUMBER_DEBUG4',
    'SEVERITY_NUMBER_INFO',
    'SEVERITY_NUMBER_INFO2',
    'SEVERITY_NUMBER_INFO3',
    'SEVERITY_NUMBER_INFO4',
    'SEVERITY_NUMBER_WARN',
    'SEVERITY_NUMBER_WARN2',
    'SEVERITY_NUMBER_WARN3',
    'SEVERITY_NUMBER_WARN4',
    'SEVERITY_NUMBER_ERROR',
    'SEVERITY_NUMBER_ERROR2',
    'SEVERITY_NUMBER_ERROR3',
    'SEVERITY_NUMBER_ERROR4',
    'SEVERITY_NUMBER_FATAL',
    'SEVERITY_NUMBER_FATAL2',
    'SEVERITY_NUMBER_FATAL3',
    'SEVERITY_NUMBER_FATAL4',
  ],
}
const IDS: ReadonlySet<string> = new Set(['traceId', 'spanId', 'parentSpanId'])

function written(value: unknown, name: string, choose: Choose): string {
  if (typeof value === 'bigint') return choose(2) === 0 ? `"${value}"` : String(value)
  if (typeof value === 'number') return writtenNumber(value, name, choose)
  if (value instanceof Uint8Array) return `"${writtenBytes(Buffer.from(value), IDS.has(name), choose)}"`
  if (Array.isArray(value)) return `[${value.map((item) => written(item, name, choose)).join()}]`
  if (typeof value === 'object' && value !== null) return writtenObject(value, choose)
  return JSON.stringify(value)
}

function writtenObject(value: object, choose: Choose): string {
  const members = Object.entries(value).map(([name, item]) => {
    const spelled = choose(4) === 3 ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : name
    return `"${spelled}":${written(item, name, choose)}`
  })
  const stranger = choose(8)
  if (stranger === 6) members.push('"futureField":[{"dataPoints":7}]')
  if (stranger === 7) members.unshift('"futureField":null')
  return `{${members.join()}}`
}

function writtenNumber(value: number, name: string, choose: Choose): string {
  const named = ENUMS[name]?.[value]
  if (named !== undefined) return choose(2) === 0 ? String(value) : `"${named}"`
  if (!Number.isFinite(value)) return `"${value}"`
  const digits = Object.is(value, -0) ? '-0' : String(value)
  return choose(4) < 3 ? digits : `"${digits}"`
}

function writtenBytes(value: Buffer, isId: boolean, choose: Choose): string {
  if (isId) return choose(2) === 0 ? value.toString('hex') : value.toString('hex').toUpperCase()
  return [value.toString('base64'), value.toString('base64url')][choose(2)]!
}
