import { z } from 'zod'

/** What `WS /api/v1/tail` says (docs/api.md), as far as the terminal shows it. */
/** Also a record as `weir logs` shows it: what a line does not say is what its formats take for nothing. */
const line = z.looseObject({
  timestamp: z.string(),
  body: z.string(),
  service: z.string().default('-'),
  namespace: z.string().optional(),
  pod: z.string().optional(),
  container: z.string().optional(),
  severityText: z.string().default(''),
  severityNumber: z.number().default(0),
  droppedBy: z.string().optional(),
  lane: z.string(),
  seq: z.string(),
})
export type TailLine = z.output<typeof line>

const span = { from: z.string(), to: z.string() }
const frame = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('hello'), heartbeatMs: z.number() }),
  z.looseObject({ type: z.literal('lines'), lines: z.array(line), resume: z.string().optional() }),
  z.looseObject({ type: z.literal('backfill'), lines: z.array(line) }),
  z.looseObject({ type: z.literal('gap'), ...span, reason: z.string() }),
  z.looseObject({
    type: z.literal('pod'),
    event: z.enum(['started', 'ended']),
    namespace: z.string(),
    pod: z.string(),
    container: z.string(),
  }),
  z.looseObject({ type: z.literal('source'), cluster: z.string(), problem: z.string().optional() }),
  z.looseObject({ type: z.literal('drop'), ...span, lines: z.number() }),
  z.looseObject({ type: z.literal('heartbeat'), resume: z.string() }),
  z.looseObject({ type: z.literal('end'), code: z.number(), reason: z.string() }),
])
export type TailFrame = z.output<typeof frame>

/** A frame; undefined if it is none that a gateway of this version writes. */
export function readFrame(text: string): TailFrame | undefined {
  try {
    return frame.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
