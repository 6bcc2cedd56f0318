import type { Config } from '../../config/schema.ts'
import type { OwnTraces, TracesParts } from '../tracing.ts'

const OFF: OwnTraces = {
  tracing: undefined,
  listening: () => {},
  flush: () => Promise.resolve(),
  stop: () => Promise.resolve(),
}

/** The own traces of a configuration. */
export async function openTraces(config: Config, parts: TracesParts): Promise<OwnTraces> {
  if (config.telemetry.traces.endpoint === null) return OFF
  const { recordTraces } = await import('./recorder.ts')
  return recordTraces(config, parts)
}
