import type { Signal } from '../../../../src/otlp/batch.ts'
import { logForm } from './logs.ts'
import { metricForm } from './metrics.ts'
import type { SignalForm } from './signal-form.ts'
import { spanForm } from './traces.ts'

export const SIGNAL_FORMS: Readonly<Record<Signal, SignalForm>> = {
  logs: logForm,
  traces: spanForm,
  metrics: metricForm,
}
export const SIGNALS = Object.keys(SIGNAL_FORMS) as Signal[]
