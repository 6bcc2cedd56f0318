import { z } from 'zod'

/** What the output needs of a record (docs/api.md); `json` prints the line as it came. */
const record = z.looseObject({
  timestamp: z.string(),
  severityText: z.string(),
  severityNumber: z.number(),
  body: z.string(),
  service: z.string(),
  namespace: z.string().optional(),
  pod: z.string().optional(),
  container: z.string().optional(),
  /** Of a live line that a rule will drop. */
  droppedBy: z.string().optional(),
})
export type ShownRecord = z.output<typeof record>

const answerLine = z.union([
  z.strictObject({ nextCursor: z.string().nullable() }),
  z.strictObject({ error: z.looseObject({ code: z.string(), message: z.string(), requestId: z.string() }) }),
  record,
])
export type AnswerLine =
  | { readonly kind: 'record'; readonly record: ShownRecord; readonly text: string }
  | { readonly kind: 'end'; readonly nextCursor: string | null }
  | { readonly kind: 'error'; readonly message: string; readonly requestId: string }

/** A line of the answer; undefined if it is none that the API writes. */
export function readAnswerLine(text: string): AnswerLine | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const parsed = answerLine.safeParse(value)
  if (!parsed.success) return undefined
  const { data } = parsed
  if ('nextCursor' in data && !('timestamp' in data))
    return { kind: 'end', nextCursor: data.nextCursor as string | null }
  if ('error' in data && !('timestamp' in data)) {
    const { message, requestId } = data.error as { message: string; requestId: string }
    return { kind: 'error', message, requestId }
  }
  return { kind: 'record', record: data as ShownRecord, text }
}
