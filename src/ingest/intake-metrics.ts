import type { Metrics } from '../telemetry/metrics.ts'
import type { Intake, IntakeObserver } from './intake.ts'

/** Counts requests as the receivers see them. */
export function intakeObserver(metrics: Metrics): IntakeObserver {
  return {
    received: (transport, signal, _wireBytes, bodyBytes) => {
      metrics.requestBytes.cell(signal, transport).value += bodyBytes
    },
    ended: (transport, signal, outcome, durationMs) => {
      metrics.requests.cell(signal, transport, outcome).value++
      if (durationMs > 0) metrics.requestSeconds.observe(durationMs / 1000, signal, transport)
    },
  }
}

/** Gauges that are read from the intake at each scrape. */
export function watchIntake(metrics: Metrics, intake: Intake): void {
  metrics.requestsInFlight.onScrape((family) => {
    family.cell().value = intake.admission.requestsInFlight
  })
  metrics.requestBytesInFlight.onScrape((family) => {
    family.cell().value = intake.admission.bytesInFlight
  })
}
