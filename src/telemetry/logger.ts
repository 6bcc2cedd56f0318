import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from '../config/schema.ts'
import { MASK } from '../config/secret.ts'

export type { Logger }

/** Keys whose values never reach a log, also one level down; `Secret`s mask themselves wherever they are. */
const SECRET_KEYS = ['authorization', 'cookie', 'password', 'token', 'tokenSha256', 'secret']

/** JSON lines with ISO times. `destination` is stdout unless told otherwise. */
export function createLogger(
  { logLevel, serviceName }: Pick<Config['telemetry'], 'logLevel' | 'serviceName'>,
  destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Logger {
  return pino(
    {
      level: logLevel,
      base: { service: serviceName },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: MASK,
      },
    },
    destination,
  )
}
