import { z } from 'zod'

/** What Loki's and Tempo's clients ask of the server's build: of Weir, its version. */
export const buildInfoAnswer = z.strictObject({
  version: z.string(),
  revision: z.string(),
  branch: z.string(),
  buildUser: z.string(),
  buildDate: z.string(),
  goVersion: z.string(),
})

export function buildInfoOf(version: string): z.output<typeof buildInfoAnswer> {
  return { version, revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' }
}
