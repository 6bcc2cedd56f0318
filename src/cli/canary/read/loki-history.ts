import { z } from 'zod'
import { askJson, type Door } from '../../door.ts'
import { CommandError, EXIT } from '../../exit-code.ts'
import type { History } from './stored.ts'

const PAGE_LINES = 1000

const answer = z.looseObject({
  data: z.looseObject({
    resultType: z.literal('streams'),
    result: z.array(
      z.looseObject({ values: z.array(z.tuple([z.string().regex(/^\d{1,19}$/), z.string()], z.unknown())) }),
    ),
  }),
})

type Line = { readonly ns: bigint; readonly body: string }

async function page(
  door: Door,
  query: string,
  fromNs: bigint,
  toNs: bigint,
  signal: AbortSignal,
): Promise<Line[]> {
  const asked = {
    query,
    start: String(fromNs),
    end: String(toNs),
    direction: 'forward',
    limit: String(PAGE_LINES),
  }
  const parsed = answer.safeParse(await askJson(door, 'loki/api/v1/query_range', { query: asked, signal }))
  if (!parsed.success) throw new CommandError(EXIT.failed, 'The answer to query_range is none of Loki.')
  return parsed.data.data.result
    .flatMap(({ values }) => values.map(([ns, body]) => ({ ns: BigInt(ns), body })))
    .sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0))
}

/** What of a page did not stand in the one before it, whose lines of the last nanosecond are `before`. */
function newOf(lines: ReadonlyArray<Line>, before: ReadonlyArray<string>): Line[] {
  const left = new Map<string, number>()
  for (const body of before) left.set(body, (left.get(body) ?? 0) + 1)
  return lines.filter(({ body }) => {
    const count = left.get(body) ?? 0
    left.set(body, count - 1)
    return count <= 0
  })
}

/**
 * Stored lines from Loki's `query_range`, which has no cursor: the next page begins with the last nanosecond of the one before, and
 * what was read of that nanosecond is left out. A nanosecond with more lines than a page is more than Loki's API can page.
 */
export function lokiHistory(door: Door, query: string): History {
  return async function* read(fromNs, toNs, signal) {
    let startNs = fromNs
    let before: ReadonlyArray<string> = []
    for (;;) {
      const lines = await page(door, query, startNs, toNs, signal)
      for (const { body } of newOf(lines, before)) yield body
      if (lines.length < PAGE_LINES) return
      const lastNs = lines.at(-1)!.ns
      if (lastNs === startNs)
        throw new CommandError(EXIT.refused, `More than ${PAGE_LINES} lines have the time ${lastNs}.`)
      startNs = lastNs
      before = lines.filter(({ ns }) => ns === lastNs).map(({ body }) => body)
    }
  }
}
