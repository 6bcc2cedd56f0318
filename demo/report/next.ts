import type { DemoGateway } from '../gateway.ts'
import { heading, say } from './terminal.ts'

/** What to do next: commands that work as they stand while a gateway runs. `traceId` is of an error. */
export function nextSteps(
  { api, wasRunning }: DemoGateway,
  { keep, start, traceId }: { readonly keep: boolean; readonly start: string; readonly traceId?: string },
): void {
  heading('Next')
  if (wasRunning) say('  The gateway goes on. Ask it:')
  else if (keep) say('  The gateway goes on until Ctrl-C. Ask it, in another terminal:')
  else say(`  The gateway of this demo stops now; its data stay. Start it again, and ask it:\n\n    ${start}`)
  say()
  const paths = [
    'logs?service=shop&severity=ERROR&limit=3',
    'traces?service=shop&status=error&minDuration=10ms&limit=3',
    ...(traceId === undefined ? [] : [`traces/${traceId}`]),
    'metrics/series?metric=shop.orders&limit=3',
    'cardinality?limit=3',
  ]
  for (const path of paths) say(`    curl -s "${api}/api/v1/${path}"`)
  say(`    curl -s ${api}/metrics | grep ^weir_records`)
}
