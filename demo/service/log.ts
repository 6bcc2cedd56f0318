import { type Attributes, logs, SeverityNumber } from '@opentelemetry/api'

const logger = logs.getLogger('shop', '1.4.2')

type Write = (
  body: string,
  attributes?: Attributes,
  more?: { exception?: unknown; eventName?: string },
) => void

function at(severityText: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'): Write {
  const severityNumber = SeverityNumber[severityText]
  return (body, attributes = {}, more = {}) =>
    logger.emit({ severityNumber, severityText, body, attributes, ...more })
}

/** The shop's log. The SDK adds time, resource, and the trace of the request that is being answered. */
export const log = { debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') }
