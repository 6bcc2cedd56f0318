import type { ProcessorKind } from '../processor.ts'
import { readConfig, type ThrottleConfig } from './config.ts'
import { Throttle } from './throttle.ts'

/** `throttle`: so many records a second per key. */
export const throttleKind: ProcessorKind<ThrottleConfig> = {
  kind: 'throttle',
  parse: readConfig,
  build: (name, config, deps) => new Throttle(name, config, deps),
}
