import { z } from 'zod'

/** The form of a page whose list holds objects; docs/api.md describes them. */
export function pageOf(list: string) {
  return z.strictObject({
    [list]: z.array(z.looseObject({})),
    nextCursor: z.string().nullable().describe('Null after the last page'),
  })
}
